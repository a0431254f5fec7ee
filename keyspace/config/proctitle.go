package config

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
)

// ProcTitle is what the process is to be called in the system's list of processes:
// proc-title-template, with program for {title}.
func (c *Config) ProcTitle(program string) string {
	v := c.values
	title, err := expandTitle(v.ProcTitleTemplate, func(name string) string {
		switch name {
		case "title":
			return program
		case "listen-addr":
			return v.listenAddress()
		case "server-mode":
			if v.ClusterEnabled {
				return "[cluster]"
			}
		case "port":
			return strconv.Itoa(v.Port)
		case "tls-port":
			return strconv.Itoa(v.TLSPort)
		case "unixsocket":
			return v.UnixSocket
		case "config-file":
			return cmp.Or(c.file, "-")
		}
		return ""
	})
	if err != nil {
		panic("config: a template that was checked: " + err.Error())
	}
	return strings.Trim(title, " ")
}

// listenAddress is the first address and the port, or the socket where there is no port.
func (v *Values) listenAddress() string {
	port := cmp.Or(v.Port, v.TLSPort)
	switch {
	case port == 0:
		return "unixsocket:" + v.UnixSocket
	case len(v.Bind) == 0:
		return "*:" + strconv.Itoa(port)
	}
	return v.Bind[0] + ":" + strconv.Itoa(port)
}

// titleVariables are the names that may stand in braces.
var titleVariables = map[string]bool{
	"title": true, "listen-addr": true, "server-mode": true, "port": true,
	"tls-port": true, "unixsocket": true, "config-file": true,
}

// titleTemplate checks a template before it is stored.
func titleTemplate(s string) error {
	_, err := expandTitle(s, func(string) string { return "" })
	return err
}

// expandTitle replaces every {name} of a template by its value; "{{" is a brace.
func expandTitle(template string, value func(name string) string) (string, error) {
	bad := errors.New("template format is invalid or contains unknown variables")
	if template == "" {
		return "", bad
	}
	var out strings.Builder
	for {
		before, after, found := strings.Cut(template, "{")
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}
		if literal, isBrace := strings.CutPrefix(after, "{"); isBrace {
			out.WriteByte('{')
			template = literal
			continue
		}
		name, rest, closed := strings.Cut(after, "}")
		if !closed || !titleVariables[name] {
			return "", bad
		}
		out.WriteString(value(name))
		template = rest
	}
}
