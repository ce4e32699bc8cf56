import type { Shell } from './shells.ts';

/**
 * Each script asks `mcp-hub __complete` what could stand at the cursor, so that it never grows old. The answer has a line
 * per candidate, with a tab before its description, and one that begins with a colon: `:files` and `:dirs` are left to the
 * shell.
 */
export const completionScript = (shell: Shell): string => SCRIPTS[shell];

const BASH = `# Completion of mcp-hub for bash. To have it in every shell:
#   mcp-hub completion bash > ~/.local/share/bash-completion/completions/mcp-hub
_mcp_hub() {
  local line value paths=none
  local current=\${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :*) paths=\${line#:} ;;
      *)
        printf -v value %q "\${line%%$'\\t'*}"
        COMPREPLY+=("$value")
        ;;
    esac
  done < <(mcp-hub __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  local IFS=$'\\n'
  case $paths in
    files)
      compopt -o filenames 2>/dev/null
      COMPREPLY+=($(compgen -f -- "$current"))
      ;;
    dirs)
      compopt -o filenames 2>/dev/null
      COMPREPLY+=($(compgen -d -- "$current"))
      ;;
  esac
}
complete -F _mcp_hub mcp-hub
`;

const ZSH = `#compdef mcp-hub
# Completion of mcp-hub for zsh. To have it in every shell, put it into a folder of your fpath:
#   mcp-hub completion zsh > ~/.zfunc/_mcp-hub
_mcp_hub() {
  local line paths=none
  local -a candidates
  for line in "\${(@f)$(mcp-hub __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      :*) paths=\${line#:} ;;
      ?*) candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done
  (( $#candidates )) && _describe -t values mcp-hub candidates
  case $paths in
    files) _files ;;
    dirs) _files -/ ;;
  esac
}
if [[ $funcstack[1] == _mcp-hub ]]; then
  _mcp_hub "$@"
else
  compdef _mcp_hub mcp-hub
fi
`;

const FISH = `# Completion of mcp-hub for fish. To have it in every shell:
#   mcp-hub completion fish > ~/.config/fish/completions/mcp-hub.fish
function __mcp_hub_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in (mcp-hub __complete -- $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path "$current"
            case ':dirs'
                __fish_complete_directories "$current"
            case ':*'
            case '*'
                echo $line
        end
    end
end
complete -c mcp-hub -f -a '(__mcp_hub_complete)'
`;

/** Untested: written by the documentation of Register-ArgumentCompleter. An empty argument is lost before PowerShell 7.3. */
const POWERSHELL = `# Completion of mcp-hub for PowerShell. To have it in every shell:
#   mcp-hub completion powershell >> $PROFILE
Register-ArgumentCompleter -Native -CommandName mcp-hub -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
    $asked = if ($wordToComplete -eq '') { @('--empty', '--') + $words } else { @('--') + $words }
    & mcp-hub __complete @asked 2>$null | Where-Object { -not $_.StartsWith(':') } | ForEach-Object {
        $value, $description = $_ -split "\`t", 2
        if (-not $description) { $description = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
    }
}
`;

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH, powershell: POWERSHELL };
