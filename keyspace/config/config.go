package config

import (
	"path/filepath"
	"strings"
)

// Config is one server's configuration. The zero value is of no use; see New.
type Config struct {
	values     *Values
	directives []Directive
	index      map[string]entry // every name and alias, in lower case

	file    string // absolute; empty: none
	users   []Line
	renames []Line

	// repeated notes which directives a line has set: for an adder, the next
	// line then adds. CONFIG SET replaces whatever it says.
	repeated map[string]bool
	// included are the directives that a file other than the main one sets.
	included map[string]bool

	readFile func(path string) ([]byte, error)
	findFile func(pattern string) ([]string, error)
}

// entry is a name by which a directive is known.
type entry struct {
	*Directive
	name string
}

// New returns the defaults.
func New() *Config {
	c := &Config{
		values:   &Values{},
		index:    make(map[string]entry),
		repeated: make(map[string]bool),
		included: make(map[string]bool),
		readFile: readBounded,
		findFile: filepath.Glob,
	}
	c.directives = table(c.values)
	for i := range c.directives {
		for _, e := range c.directives[i].entries() {
			c.index[e.name] = e
		}
	}
	return c
}

// entries are the names that the directive goes by, its own first.
func (d *Directive) entries() []entry {
	entries := []entry{{d, d.Name}}
	for _, alias := range d.Aliases {
		entries = append(entries, entry{d, alias})
	}
	return entries
}

// Values returns the values, which later loads and sets change in place.
func (c *Config) Values() *Values { return c.values }

// File returns the absolute path of the configuration file, or "".
func (c *Config) File() string { return c.file }

// Users returns the "user" lines that were loaded. Their Args start with the
// user's name.
func (c *Config) Users() []Line { return c.users }

// Renames returns the "rename-command" lines that were loaded. Their Args are
// the command's name and the new one, "" to take the command away.
func (c *Config) Renames() []Line { return c.renames }

// Lookup finds a directive by its name or an alias, in any case.
func (c *Config) Lookup(name string) (d *Directive, ok bool) {
	e, ok := c.index[strings.ToLower(name)]
	return e.Directive, ok
}

// Text renders a directive as CONFIG GET does. It panics for an unknown name:
// only code calls it.
func (c *Config) Text(name string) string {
	d, ok := c.Lookup(name)
	if !ok {
		panic("config: no directive " + name)
	}
	return d.slot.text()
}

// setFile makes path the configuration file.
func (c *Config) setFile(path string) error {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	c.file = absolute
	return nil
}
