import type { Command } from '../command.ts'
import { CommandError, UsageError } from '../errors.ts'
import { print } from '../io.ts'

/**
 * Asks `kubectl __complete` for what may stand at the cursor and hands it to bash: the last line's bits say whether a blank follows, and
 * whether files or folders are meant.
 */
const BASH = `# bash completion for kubectl                                -*- shell-script -*-

__start_kubectl()
{
    local words=("\${COMP_WORDS[@]:1:COMP_CWORD}") program=\${COMP_WORDS[0]}
    local word=\${COMP_WORDS[COMP_CWORD]} answer line directive
    [[ $(type -t -- "$program") == alias ]] && program=kubectl
    COMPREPLY=()
    answer=$("$program" __complete "\${words[@]}" 2>/dev/null) || return
    directive=\${answer##*:}
    answer=\${answer%:*}
    [[ $directive == *[!0-9]* || -z $directive ]] && return
    if ((directive & 2)); then compopt -o nospace; fi
    if ((directive & 8)); then
        local extensions=\${answer//$'\\n'/|}
        compopt -o filenames
        while IFS= read -r line; do
            [[ -d $line || $line == *.@(\${extensions%|}) ]] && COMPREPLY+=("$line")
        done < <(compgen -f -- "$word")
        return
    fi
    if ((directive & 16)); then
        compopt -o filenames
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$word")
        return
    fi
    if ((directive & 4)); then compopt +o default; fi
    while IFS= read -r line; do
        [[ -n $line && $line == "$word"* ]] && COMPREPLY+=("$line")
    done <<< "$answer"
    if ((\${#COMPREPLY[@]} == 1)); then
        COMPREPLY[0]=\${COMPREPLY[0]%%$'\\t'*}
        return
    fi
    # What each is for, in a column of its own as far as it fits.
    local i name about longest=0 room
    for line in "\${COMPREPLY[@]}"; do
        name=\${line%%$'\\t'*}
        ((\${#name} > longest)) && longest=\${#name}
    done
    for i in "\${!COMPREPLY[@]}"; do
        line=\${COMPREPLY[i]}
        [[ $line == *$'\\t'* ]] || continue
        name=\${line%%$'\\t'*} about=\${line#*$'\\t'}
        room=$((COLUMNS - longest - 4))
        if ((room > 8)); then printf -v name '%-*s' "$longest" "$name"; else room=$((COLUMNS - \${#name} - 4)); fi
        if ((room > 0)); then
            ((\${#about} > room)) && about=\${about:0:room-1}…
            name+="  ($about)"
        fi
        COMPREPLY[i]=$name
    done
}

complete -o default -F __start_kubectl kubectl
`

/** The script that makes bash complete kubectl's arguments. */
export const completion: Command = {
  name: 'completion',
  use: 'SHELL',
  short: 'Output shell completion code for the specified shell (bash, zsh, fish, or powershell)',
  group: 'Settings Commands',
  flags: [],
  *run(k, call) {
    const [shell] = call.args
    if (shell === undefined) throw new UsageError(call.path, 'Shell not specified.')
    if (call.args.length > 1) throw new UsageError(call.path, 'Too many arguments. Expected only the shell type.')
    if (!['bash', 'zsh', 'fish', 'powershell'].includes(shell))
      throw new UsageError(call.path, `Unsupported shell type ${JSON.stringify(shell)}.`)
    if (shell !== 'bash') throw new CommandError(`podlab: kubectl completion ${shell} is not modelled`)
    yield* print(k.proc, BASH)
  },
}
