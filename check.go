package main

import (
	"fmt"
	"os"
	"path/filepath"

	"solokv/persistence"
	"solokv/persistence/fs"
)

// isCheckTool tells whether the program was started under the name of one of
// Redis's tools, through a link.
func isCheckTool(program string) bool {
	name := filepath.Base(program)
	return name == "redis-check-rdb" || name == "redis-check-aof"
}

// check tells the state of files and returns the exit code.
func check(args []string) int {
	o := persistence.CheckOptions{FS: fs.ReadOnly(), Out: os.Stdout}
	var names []string
	for i, arg := range args {
		switch {
		case arg == "--":
			names = append(names, args[i+1:]...)
			return checkAll(o, names)
		case arg == "--fix":
			o.FS, o.Fix = fs.OS(), true
		case len(arg) > 1 && arg[0] == '-':
			fmt.Fprintf(os.Stderr, "--check does not know the option %s\n\n%s", arg, usage)
			return 1
		default:
			names = append(names, arg)
		}
	}
	return checkAll(o, names)
}

func checkAll(o persistence.CheckOptions, names []string) int {
	if len(names) == 0 {
		fmt.Fprint(os.Stderr, "--check needs the name of a file or a folder\n\n", usage)
		return 1
	}
	code := 0
	for _, name := range names {
		if !persistence.Check(o, name) {
			code = 1
		}
	}
	return code
}
