package config

import "strings"

// Mode is what the program is asked to do.
type Mode int

const (
	ModeServe Mode = iota
	ModeVersion
	ModeHelp
	ModeCheck // of files, which the other arguments name
	ModePing  // of a server with the configuration that the other arguments give
)

// ModeOf looks at the first argument of a command line, the program's name not
// included.
func ModeOf(args []string) Mode {
	if len(args) > 0 {
		switch args[0] {
		case "-v", "--version":
			return ModeVersion
		case "-h", "--help":
			return ModeHelp
		case "--check":
			return ModeCheck
		case "--ping":
			return ModePing
		}
	}
	return ModeServe
}

// commandLine is the command line, taken apart.
type commandLine struct {
	file    string // "": none
	stdin   bool
	options string // lines for the configuration
}

// parseCommandLine turns "--name argument ..." into lines. An argument that
// starts with "--" is the next name, except right after a name: there it is
// that name's only argument.
//
// A name and its arguments may also come as one word ("--port 7000"), which is
// taken over as it is. "--save" with no argument means `save ""`.
func parseCommandLine(args []string) commandLine {
	var from commandLine
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		from.file = args[0]
		args = args[1:]
	}

	var lines strings.Builder
	nameIsOpen := false // a name was read and no argument yet
	for i, arg := range args {
		isFirst, isLast := i == 0 && from.file == "", i == len(args)-1
		switch {
		case arg == "-" && (isFirst || isLast):
			from.stdin = true
		case strings.HasPrefix(arg, "--") && !nameIsOpen:
			if lines.Len() > 0 {
				lines.WriteByte('\n')
			}
			lines.WriteString(arg[len("--"):])
			lines.WriteByte(' ')
			nameIsOpen = isOneWord(arg)
			nextIsName := !isLast && strings.HasPrefix(args[i+1], "--")
			if strings.EqualFold(arg, "--save") && (isLast || nextIsName) {
				lines.WriteString(`""`)
				nameIsOpen = false
			}
		default:
			lines.WriteString(quote(arg))
			lines.WriteByte(' ')
			nameIsOpen = false
		}
	}
	from.options = lines.String()
	return from
}

func isOneWord(arg string) bool {
	words, err := SplitArgs(arg)
	return err == nil && len(words) == 1
}
