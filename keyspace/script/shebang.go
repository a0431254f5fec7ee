package script

import (
	"errors"
	"strings"
)

// Flags are what a script or a function says about itself.
type Flags uint8

const (
	NoWrites Flags = 1 << iota
	AllowOOM
	AllowStale
	NoCluster
	AllowCrossSlotKeys
	// Compatible is a script without a first line that says anything: the rules are those of old.
	Compatible
)

// flagNames are in the order that FUNCTION LIST shows them in.
var flagNames = []struct {
	flag Flags
	name string
}{
	{NoWrites, "no-writes"},
	{AllowOOM, "allow-oom"},
	{AllowStale, "allow-stale"},
	{NoCluster, "no-cluster"},
	{AllowCrossSlotKeys, "allow-cross-slot-keys"},
}

// Names are the flags as clients write them.
func (f Flags) Names() []string {
	var list []string
	for _, entry := range flagNames {
		if f&entry.flag != 0 {
			list = append(list, entry.name)
		}
	}
	return list
}

func flagNamed(name string) (Flags, bool) {
	for _, entry := range flagNames {
		if entry.name == name {
			return entry.flag, true
		}
	}
	return 0, false
}

// readShebang reads a script's first line, "#!lua flags=no-writes", and returns the rest, which begins with the
// end of that line: lines keep their numbers.
func readShebang(body string) (code string, flags Flags, err error) {
	if !strings.HasPrefix(body, "#!") {
		return body, Compatible, nil
	}
	end := strings.IndexByte(body, '\n')
	if end < 0 {
		return "", 0, errors.New("ERR Invalid script shebang")
	}
	words, ok := splitWords(body[:end])
	if !ok || len(words) == 0 {
		return "", 0, errors.New("ERR Invalid engine in script shebang")
	}
	if words[0] != "#!lua" {
		return "", 0, errors.New("ERR Unexpected engine in script shebang: " + words[0])
	}
	for _, word := range words[1:] {
		list, isFlags := strings.CutPrefix(word, "flags=")
		if !isFlags {
			return "", 0, errors.New("ERR Unknown lua shebang option: " + word)
		}
		if list == "" {
			continue
		}
		for name := range strings.SplitSeq(list, ",") {
			flag, known := flagNamed(name)
			if !known {
				return "", 0, errors.New("ERR Unexpected flag in script shebang: " + name)
			}
			flags |= flag
		}
	}
	return body[end:], flags, nil
}

// splitWords splits a line at blanks; quotes keep some together. ok is false when they are unbalanced.
func splitWords(line string) (words []string, ok bool) {
	for {
		line = strings.TrimLeft(line, " \t\r\v\f")
		if line == "" {
			return words, true
		}
		var word strings.Builder
		var quote byte
		i := 0
		for ; i < len(line) && (quote != 0 || !strings.Contains(" \t\r\v\f", line[i:i+1])); i++ {
			switch c := line[i]; {
			case quote == 0 && (c == '"' || c == '\''):
				quote = c
			case quote != 0 && c == quote:
				quote = 0
			default:
				word.WriteByte(c)
			}
		}
		if quote != 0 {
			return nil, false
		}
		words, line = append(words, word.String()), line[i:]
	}
}
