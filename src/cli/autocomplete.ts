import { basename } from "node:path/posix";
import { type Context, misused, type Outcome } from "./subcommand.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;

export interface Autocomplete {
  readonly command: "autocomplete";
  /** Without it, that of the user. */
  readonly shell?: Shell;
}

type Shell = (typeof SHELLS)[number];

/** Prints the script that has a shell complete what is typed after the program's name. */
export function autocomplete({ shell }: Autocomplete, { host }: Context): Promise<Outcome> {
  const own = basename(host.environment["SHELL"] ?? "");
  const chosen = shell ?? SHELLS.find((name) => name === own);
  if (chosen !== undefined) {
    return Promise.resolve({ status: "done", view: { kind: "text", text: SCRIPTS[chosen].trimEnd() } });
  }
  const found = own === "" ? "SHELL is not set" : `${JSON.stringify(own)} is not known`;
  const hint = `say which one: ${SHELLS.join(", ")}`;
  return Promise.resolve(misused([{ code: "shell-unknown", attempted: "choose a shell", found, hint }]));
}

/** Each asks the program, so that the table of subcommands is the one place that knows; paths are left to the shell. */
const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# Completion of etcha for bash. In ~/.bashrc:  source <(etcha autocomplete bash)
_etcha() {
  local cur=\${COMP_WORDS[COMP_CWORD]} kind='' line IFS=$'\\n'
  local -a words=()
  while IFS= read -r line; do
    if [[ -z $kind ]]; then kind=$line; else words+=("\${line%%$'\\t'*}"); fi
  done < <("\${COMP_WORDS[0]}" -d complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null </dev/null)
  COMPREPLY=()
  case $kind in
    words) COMPREPLY=($(compgen -W "\${words[*]}" -- "$cur")) ;;
    files) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")) ;;
    folders) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$cur")) ;;
    patterns)
      compopt -o filenames 2>/dev/null
      COMPREPLY=($(compgen -d -- "$cur") $(compgen -f -X '!*.jsonnet' -- "$cur"))
      ;;
  esac
}
complete -F _etcha etcha
`,
  zsh: `#compdef etcha
# Completion of etcha for zsh. In ~/.zshrc, after compinit:  source <(etcha autocomplete zsh)
_etcha() {
  local line
  local -a lines candidates
  lines=("\${(@f)$("\${words[1]}" -d complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null </dev/null)}")
  case $lines[1] in
    words)
      for line in "\${(@)lines[2,-1]}"; do
        candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
      done
      _describe -t etcha 'etcha' candidates
      ;;
    files) _files ;;
    folders) _files -/ ;;
    patterns) _files -g '*.jsonnet' ;;
  esac
}
if [[ $funcstack[1] = _etcha ]]; then _etcha "$@"; else compdef _etcha etcha; fi
`,
  fish: `# Completion of etcha for fish. In ~/.config/fish/config.fish:  etcha autocomplete fish | source
function __etcha_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines ($words[1] -d complete -- $words[2..] "$current" 2>/dev/null </dev/null)
    switch "$lines[1]"
        case words
            printf '%s\\n' $lines[2..]
        case files
            __fish_complete_path "$current"
        case folders
            __fish_complete_directories "$current" ''
        case patterns
            __fish_complete_suffix .jsonnet
    end
end
complete -c etcha -f -a '(__etcha_complete)'
`,
};
