/** /etc/services and /etc/protocols: the well-known ones. Source: package netbase 6.4. */

export const SERVICES = `tcpmux		1/tcp
echo		7/tcp
echo		7/udp
discard		9/tcp		sink null
discard		9/udp		sink null
systat		11/tcp		users
daytime		13/tcp
daytime		13/udp
netstat		15/tcp
ftp-data	20/tcp
ftp		21/tcp
ssh		22/tcp
telnet		23/tcp
smtp		25/tcp		mail
time		37/tcp		timserver
time		37/udp		timserver
whois		43/tcp		nicname
domain		53/tcp
domain		53/udp
bootps		67/udp
bootpc		68/udp
tftp		69/udp
gopher		70/tcp
finger		79/tcp
http		80/tcp		www
kerberos	88/tcp		kerberos5 krb5 kerberos-sec
kerberos	88/udp		kerberos5 krb5 kerberos-sec
pop3		110/tcp		pop-3
sunrpc		111/tcp		portmapper
sunrpc		111/udp		portmapper
nntp		119/tcp		readnews untp
ntp		123/udp
imap2		143/tcp		imap
snmp		161/tcp
snmp		161/udp
snmp-trap	162/tcp		snmptrap
snmp-trap	162/udp		snmptrap
ldap		389/tcp
ldap		389/udp
https		443/tcp
https		443/udp
microsoft-ds	445/tcp
rtsp		554/tcp
rtsp		554/udp
login		513/tcp
shell		514/tcp		cmd syslog
syslog		514/udp
printer		515/tcp		spooler
submission	587/tcp
ldaps		636/tcp
ldaps		636/udp
domain-s	853/tcp
domain-s	853/udp
rsync		873/tcp
imaps		993/tcp
pop3s		995/tcp
socks		1080/tcp
openvpn		1194/tcp
openvpn		1194/udp
ms-sql-s	1433/tcp
radius		1812/tcp
radius		1812/udp
nfs		2049/tcp
nfs		2049/udp
iscsi-target	3260/tcp
mysql		3306/tcp
xmpp-client	5222/tcp	jabber-client
xmpp-server	5269/tcp	jabber-server
mdns		5353/udp
postgresql	5432/tcp	postgres
amqp		5672/tcp
amqp		5672/sctp
x11		6000/tcp	x11-0
redis		6379/tcp
http-alt	8080/tcp	webcache
zabbix-agent	10050/tcp
echo		4/ddp
munin		4949/tcp	lrrd
git		9418/tcp
`

export const PROTOCOLS = `ip	0	IP
hopopt	0	HOPOPT
icmp	1	ICMP
igmp	2	IGMP
ggp	3	GGP
ipencap	4	IP-ENCAP
st	5	ST
tcp	6	TCP
egp	8	EGP
igp	9	IGP
pup	12	PUP
udp	17	UDP
hmp	20	HMP
xns-idp	22	XNS-IDP
rdp	27	RDP
iso-tp4	29	ISO-TP4
dccp	33	DCCP
xtp	36	XTP
ddp	37	DDP
idpr-cmtp 38	IDPR-CMTP
ipv6	41	IPv6
ipv6-route 43	IPv6-Route
ipv6-frag 44	IPv6-Frag
idrp	45	IDRP
rsvp	46	RSVP
gre	47	GRE
esp	50	IPSEC-ESP
ah	51	IPSEC-AH
skip	57	SKIP
ipv6-icmp 58	IPv6-ICMP
`
