package config

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

const (
	// includeDepthMax bounds includes within includes; a file that includes
	// itself ends here.
	includeDepthMax = 16
	// fileBytesMax bounds what is read for one file.
	fileBytesMax = 64 * mb
)

// LoadFile reads a configuration file and keeps its path for Rewrite.
func (c *Config) LoadFile(path string) error {
	return c.load(commandLine{file: path}, nil)
}

// LoadArgs reads what redis-server takes on its command line, the program's
// name not included:
//
//	[FILE | -] [--directive argument ...] ... [-]
//
// FILE is read first, then stdin where a "-" stands first or last, then the
// directives, as if all three were one file; the last word counts.
func (c *Config) LoadArgs(args []string, stdin io.Reader) error {
	return c.load(parseCommandLine(args), stdin)
}

// load reads the parts of a command line as one text, so that line numbers run
// through, and then checks what no single line shows.
func (c *Config) load(from commandLine, stdin io.Reader) error {
	var text strings.Builder
	if from.file != "" {
		if err := c.setFile(from.file); err != nil {
			return err
		}
		content, err := c.readFiles(c.file)
		if err != nil {
			return err
		}
		text.WriteString(content)
	}
	if from.stdin {
		content, err := io.ReadAll(stdin)
		if err != nil {
			return fmt.Errorf("Fatal error, can't read config from stdin: %w", SystemError(err))
		}
		text.Write(content)
	}
	if from.options != "" {
		text.WriteByte('\n')
		text.WriteString(from.options)
	}
	if err := c.loadText(text.String(), 0); err != nil {
		return err
	}
	return c.checkLoaded()
}

func (c *Config) checkLoaded() error {
	if c.values.ClusterEnabled && c.values.ReplicaOf.Host != "" {
		return &LoadError{Reason: "replicaof directive not allowed in cluster mode"}
	}
	return nil
}

// loadText reads the lines of a text. depth counts the includes around it.
func (c *Config) loadText(text string, depth int) error {
	for i, raw := range strings.Split(text, "\n") {
		line := Line{Number: i + 1, Text: strings.Trim(raw, " \t\r\n")}
		if line.Text == "" || line.Text[0] == '#' {
			continue
		}
		args, err := SplitArgs(line.Text)
		if err != nil {
			return line.Error(err.Error())
		}
		if len(args) == 0 {
			continue
		}
		line.Args = args[1:]
		if err := c.loadLine(strings.ToLower(args[0]), line, depth); err != nil {
			return err
		}
	}
	return nil
}

// retired are directives that Redis no longer has but still accepts.
var retired = map[string]bool{
	"list-max-ziplist-entries": true, "list-max-ziplist-value": true, "lua-replicate-commands": true,
}

// loadLine carries out one line. Beside the directives of the table there are
// those that only a file can hold.
func (c *Config) loadLine(name string, line Line, depth int) error {
	if e, ok := c.index[name]; ok {
		if err := c.loadDirective(e.Directive, line.Args); err != nil {
			return line.Error(err.Error())
		}
		if depth > 0 {
			c.included[e.Name] = true
		}
		return nil
	}

	argCount := len(line.Args)
	switch {
	case retired[name] && argCount == 1:
	case name == "include" && argCount == 1:
		return c.include(line, depth)
	case name == "rename-command" && argCount == 2:
		c.renames = append(c.renames, line)
	case name == "user" && argCount >= 1:
		c.users = append(c.users, line)
	case name == "loadmodule" && argCount >= 1:
		return line.Error("loadmodule is not supported: SoloKV loads no modules")
	case name == "sentinel":
		return line.Error("sentinel directive while not in sentinel mode")
	default:
		return line.Error("Bad directive or wrong number of arguments")
	}
	return nil
}

// loadDirective sets a directive from the arguments of its line.
func (c *Config) loadDirective(d *Directive, args []string) error {
	if !d.Has(MultiArg) && len(args) != 1 {
		return errArgCount
	}
	if d.Has(MultiArg) && len(args) == 1 && args[0] != "" {
		parts, err := SplitArgs(args[0]) // one argument that holds them all: --save "60 1"
		if err != nil {
			return err
		}
		args = parts
	}

	again := c.repeated[d.Name]
	c.repeated[d.Name] = true
	if adder, ok := d.slot.(adder); ok && again {
		return adder.add(args)
	}
	return d.slot.set(args)
}

// include reads the files that an include line names. Relative paths start
// from dir, as it stands at this line.
func (c *Config) include(line Line, depth int) error {
	if depth == includeDepthMax {
		return line.Error(fmt.Sprintf("Too many includes within includes (the limit is %d)", includeDepthMax))
	}
	content, err := c.readFiles(c.values.Path(line.Args[0]))
	if err != nil {
		return err
	}
	return c.loadText(content, depth+1)
}

// readFiles returns the content of the file that path names, or of all files
// that match it if it holds a wildcard: those may be none.
func (c *Config) readFiles(path string) (string, error) {
	paths := []string{path}
	if strings.ContainsAny(path, "*?[") {
		found, err := c.findFile(path)
		if err != nil {
			return "", nil // a malformed pattern matches nothing, as in glob(3)
		}
		paths = found
	}
	var content strings.Builder
	for _, path := range paths {
		data, err := c.readFile(path)
		if err != nil {
			return "", fmt.Errorf("Fatal error, can't open config file '%s': %w", path, SystemError(err))
		}
		content.Write(data)
	}
	return content.String(), nil
}

// readBounded is os.ReadFile with a limit: an include of a device ends.
func readBounded(path string) ([]byte, error) {
	file, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, err
	}
	defer file.Close()

	data, err := io.ReadAll(io.LimitReader(file, fileBytesMax+1))
	if err == nil && len(data) > fileBytesMax {
		err = fmt.Errorf("the file is larger than %d bytes", fileBytesMax)
	}
	return data, err
}
