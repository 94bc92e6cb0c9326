/** Names that Node exports from modules and a browser has as globals. */
const { File, URL, URLSearchParams } = globalThis

export { File, URL, URLSearchParams }
