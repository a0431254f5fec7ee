package script

import (
	"container/list"
	"errors"

	lua "github.com/yuin/gopher-lua"
)

// evaluatedMax is how many scripts are kept that came with EVAL only: clients that put values into their scripts
// make ever new ones.
const evaluatedMax = 500

// Script is one that is compiled.
type Script struct {
	Body  string
	SHA   string // 40 hexadecimal digits, in small letters
	Flags Flags

	fn        *lua.LFunction
	reflects  bool          // it can reach KEYS and ARGV as globals
	evaluated *list.Element // its place among those that came with EVAL; nil for SCRIPT LOAD's
}

// Scripts is the cache of scripts, with the Lua that runs them.
type Scripts struct {
	in        *interpreter
	version   Version
	byBody    map[string]*Script
	bySHA     map[string]*Script
	evaluated *list.List // the one that was used last is last
	evicted   int
	bytes     int
}

// NewScripts makes an empty cache.
func NewScripts(host Host, version Version) *Scripts {
	s := &Scripts{in: newInterpreter(host), version: version}
	s.in.publish(s.in.forScripts(s.in.common(version)))
	s.Flush()
	return s
}

// Flush forgets all scripts. It must not be called while one runs.
func (s *Scripts) Flush() {
	s.byBody, s.bySHA = map[string]*Script{}, map[string]*Script{}
	s.evaluated, s.bytes = list.New(), 0
}

// Evaluate returns the script of EVAL: the one that is known, or a new one. The error's text is the reply's.
func (s *Scripts) Evaluate(body []byte) (*Script, error) {
	if script, ok := s.byBody[string(body)]; ok {
		s.touch(script)
		return script, nil
	}
	script, err := s.add(string(body))
	if err != nil {
		return nil, err
	}
	script.evaluated = s.evaluated.PushBack(script)
	if s.evaluated.Len() > evaluatedMax {
		s.remove(s.evaluated.Front().Value.(*Script))
		s.evicted++
	}
	return script, nil
}

// Load returns the script of SCRIPT LOAD, which stays until the cache is flushed.
func (s *Scripts) Load(body []byte) (*Script, error) {
	script, ok := s.byBody[string(body)]
	if !ok {
		return s.add(string(body))
	}
	if script.evaluated != nil {
		s.evaluated.Remove(script.evaluated)
		script.evaluated = nil
	}
	return script, nil
}

// Find returns the script of EVALSHA, or nil. sha may have capital letters.
func (s *Scripts) Find(sha []byte) *Script {
	const digits = 40
	if len(sha) != digits {
		return nil
	}
	var small [digits]byte
	for i, c := range sha {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		small[i] = c
	}
	script := s.bySHA[string(small[:])]
	if script != nil {
		s.touch(script)
	}
	return script
}

// touch makes the script the last to go.
func (s *Scripts) touch(script *Script) {
	if script.evaluated != nil {
		s.evaluated.MoveToBack(script.evaluated)
	}
}

func (s *Scripts) add(body string) (*Script, error) {
	code, flags, err := readShebang(body)
	if err != nil {
		return nil, err
	}
	proto, reflects, err := s.in.box.Compile(code, "@user_script", []string{"KEYS", "ARGV"})
	if err != nil {
		return nil, errors.New("ERR Error compiling script (new function): " + err.Error())
	}
	script := &Script{
		Body: body, SHA: sha1Hex(body), Flags: flags,
		fn: s.in.box.L.NewFunctionFromProto(proto), reflects: reflects,
	}
	s.byBody[body], s.bySHA[script.SHA] = script, script
	s.bytes += script.size()
	return script, nil
}

func (s *Scripts) remove(script *Script) {
	delete(s.byBody, script.Body)
	delete(s.bySHA, script.SHA)
	if script.evaluated != nil {
		s.evaluated.Remove(script.evaluated)
	}
	s.bytes -= script.size()
}

// scriptOverheadBytes is roughly what a script takes besides its text, which it has twice: as text and compiled.
const scriptOverheadBytes = 1024

func (s *Script) size() int { return 2*len(s.Body) + scriptOverheadBytes }

// Len is the number of scripts.
func (s *Scripts) Len() int { return len(s.bySHA) }

// Bytes is about what they take in memory.
func (s *Scripts) Bytes() int { return s.bytes }

// Evicted counts the scripts of EVAL that made room for others.
func (s *Scripts) Evicted() int { return s.evicted }

// Running tells whether a script runs.
func (s *Scripts) Running() bool { return s.in.running }

// Run runs a script and appends its reply, in version resp, to dst.
func (s *Scripts) Run(script *Script, keys, args [][]byte, resp int, dst []byte) ([]byte, Outcome) {
	keysTable, argsTable := stringTable(keys), stringTable(args)
	if script.reflects {
		s.in.box.Set("KEYS", keysTable)
		s.in.box.Set("ARGV", argsTable)
	}
	return s.in.callWith(script.fn, script.SHA, keysTable, argsTable, resp, dst)
}
