package transcripts

import (
	"fmt"
	"regexp"
	"strconv"
)

// reference is "${name}" or, for the clock's names, "${now-10}".
var reference = regexp.MustCompile(`\$\{(\w+)([+-]\d+)?\}`)

// expand replaces every reference in a command or an expectation.
func (s *session) expand(text string) (string, error) {
	var failed error
	expanded := reference.ReplaceAllStringFunc(text, func(ref string) string {
		m := reference.FindStringSubmatch(ref)
		value, known := s.vars[m[1]]
		if !known {
			var err error
			if value, err = s.clock(m[1], m[2]); err != nil {
				failed = err
			}
		}
		return value
	})
	return expanded, failed
}

// clock reads the server's time, with the offset added.
func (s *session) clock(name, offset string) (string, error) {
	perSecond := map[string]int64{"now": 1, "nowMs": 1000}[name]
	if perSecond == 0 {
		return "", fmt.Errorf("${%s} was never captured", name)
	}
	control, err := s.controlClient()
	if err != nil {
		return "", err
	}
	reply, err := control.Do("TIME")
	if err != nil {
		return "", err
	}
	parts := nodeOf(reply).elems
	if len(parts) != 2 {
		return "", fmt.Errorf("TIME answered %v", nodeOf(reply))
	}
	seconds, _ := strconv.ParseInt(string(parts[0].text), 10, 64)
	micros, _ := strconv.ParseInt(string(parts[1].text), 10, 64)
	value := seconds*perSecond + micros*perSecond/1_000_000
	if offset != "" {
		delta, _ := strconv.ParseInt(offset, 10, 64)
		value += delta
	}
	return strconv.FormatInt(value, 10), nil
}
