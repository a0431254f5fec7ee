package sandbox

import (
	"reflect"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// Which variable an error is about. The reference implementation looks at the instruction that failed, and for
// the one before it that has filled the register: a local, a global, a field, an upvalue. Its instructions are
// also gopher-lua's, so the same can be done here.

// instruction is one of Lua 5.1: six bits of operation, eight of A, nine each of C and B.
type instruction uint32

const (
	argBits    = 9
	argMask    = 1<<argBits - 1
	constantRK = 1 << (argBits - 1) // an argument that is a constant, not a register
	jumpZero   = 1<<17 - 1
)

func (i instruction) op() int   { return int(i >> 26) }
func (i instruction) a() int    { return int(i >> 18 & 0xff) }
func (i instruction) b() int    { return int(i & argMask) }
func (i instruction) c() int    { return int(i >> argBits & argMask) }
func (i instruction) bx() int   { return int(i & 0x3ffff) }
func (i instruction) jump() int { return i.bx() - jumpZero }

// site is an instruction of a function that runs.
type site struct {
	L     *lua.LState
	frame *lua.Debug
	proto *lua.FunctionProto
	pc    int // of the instruction
}

// siteAt returns where the function at a level is. Functions of Go are nowhere.
func siteAt(L *lua.LState, level int) site {
	frame, ok := L.GetStack(level)
	if !ok {
		return site{}
	}
	value, err := L.GetInfo("f", frame, lua.LNil)
	fn, isFunction := value.(*lua.LFunction)
	if err != nil || !isFunction || fn.IsG {
		return site{}
	}
	// The position in the code is the one thing about a frame that has no accessor.
	pc := reflect.ValueOf(frame).Elem().FieldByName("frame").Elem().FieldByName("Pc").Int()
	return site{L, frame, fn.Proto, int(pc) - 1}
}

func current(L *lua.LState) site { return siteAt(L, 0) }

// callee returns the kind and the name of the function of Go that runs, as its caller sees them.
func callee(L *lua.LState) (kind, name string) {
	at := siteAt(L, 1)
	if at.proto == nil || at.proto.SourceName == startChunk {
		return "", "?"
	}
	switch in := at.instruction(); in.op() {
	case lua.OP_CALL, lua.OP_TAILCALL:
		if kind, name = at.register(in.a()); kind != "" {
			return kind, name
		}
	}
	return "", "?"
}

func (at site) instruction() instruction {
	if at.proto == nil || at.pc < 0 {
		return instruction(lua.OP_NOP << 26)
	}
	return instruction(at.proto.Code[at.pc])
}

// describe is how a message shows a value: "local 'x' (a nil value)".
func describe(kind, name, typeName string) string {
	if kind == "" {
		return "a " + typeName + " value"
	}
	return kind + " '" + name + "' (a " + typeName + " value)"
}

func (at site) indexed(typeName string) string {
	in := at.instruction()
	register := in.b()
	switch in.op() {
	case lua.OP_SETTABLE, lua.OP_SETTABLEKS:
		register = in.a()
	case lua.OP_GETTABLE, lua.OP_GETTABLEKS, lua.OP_SELF:
	default:
		return describe("", "", typeName)
	}
	kind, name := at.register(register)
	return describe(kind, name, typeName)
}

func (at site) called() string {
	switch in := at.instruction(); in.op() {
	case lua.OP_CALL, lua.OP_TAILCALL:
		kind, name := at.register(in.a())
		return describe(kind, name, at.value(in.a()).Type().String())
	case lua.OP_TFORLOOP:
		return describe("", "", at.value(in.a()).Type().String())
	}
	return describe("", "", "nil")
}

// arithmetic describes the operand that is not a number.
func (at site) arithmetic() string {
	in := at.instruction()
	culprit := in.b()
	if _, ok := Number(at.value(culprit)); ok {
		culprit = in.c()
	}
	return at.argument(culprit)
}

// operand describes the one of a unary operator.
func (at site) operand() string { return at.argument(at.instruction().b()) }

func (at site) argument(rk int) string {
	kind, name := "", ""
	if rk&constantRK == 0 {
		kind, name = at.register(rk)
	}
	return describe(kind, name, at.value(rk).Type().String())
}

// value returns a constant or what is in a register.
func (at site) value(rk int) lua.LValue {
	if at.proto == nil {
		return lua.LNil
	}
	if rk&constantRK != 0 {
		return at.proto.Constants[rk&^constantRK]
	}
	_, value := at.L.GetLocal(at.frame, rk+1)
	return value
}

func (at site) constantName(rk int) string {
	if rk&constantRK != 0 {
		if text, ok := at.proto.Constants[rk&^constantRK].(lua.LString); ok {
			return string(text)
		}
	}
	return "?"
}

// register tells what a register holds, by the instruction that has filled it.
func (at site) register(register int) (kind, name string) {
	if at.proto == nil {
		return "", ""
	}
	if name, ok := at.local(register); ok && !strings.HasPrefix(name, "(") {
		return localName(name)
	}
	setter := at.setter(register)
	if setter < 0 {
		return "", ""
	}
	at.pc = setter
	switch in := at.instruction(); in.op() {
	case lua.OP_GETGLOBAL:
		return globalName(at.proto.Constants[in.bx()].String())
	case lua.OP_MOVE, lua.OP_MOVEN:
		if in.b() < in.a() {
			return at.register(in.b())
		}
	case lua.OP_GETTABLE, lua.OP_GETTABLEKS:
		return "field", at.constantName(in.c())
	case lua.OP_GETUPVAL:
		if name := at.proto.DbgUpvalues[in.b()]; name != "KEYS" && name != "ARGV" {
			return "upvalue", name
		}
		return "global", at.proto.DbgUpvalues[in.b()]
	case lua.OP_SELF:
		return "method", at.constantName(in.c())
	}
	return "", ""
}

// globalName undoes what the reader has made of a field of a library.
func globalName(name string) (kind, field string) {
	if _, field, ok := strings.Cut(name, "."); ok {
		return "field", strings.TrimSuffix(field, ";")
	}
	return "global", name
}

func localName(name string) (kind, local string) {
	if name == "KEYS" || name == "ARGV" {
		return "global", name
	}
	return "local", name
}

// local returns the name of the local that lives in a register.
func (at site) local(register int) (string, bool) {
	locals := at.proto.DbgLocals
	for i := 0; i < len(locals) && locals[i].StartPc <= at.pc; i++ {
		if at.pc < locals[i].EndPc {
			if register == 0 {
				return locals[i].Name, true
			}
			register--
		}
	}
	return "", false
}

// setter returns the last instruction before the site that has filled the register, or -1 when none has for
// certain, because a jump leads past it.
func (at site) setter(register int) int {
	last := -1
	for pc := 0; pc < at.pc; pc++ {
		in := instruction(at.proto.Code[pc])
		switch in.op() {
		case lua.OP_LOADNIL:
			if in.a() <= register && register <= in.b() {
				last = pc
			}
		case lua.OP_CALL, lua.OP_TAILCALL, lua.OP_VARARG:
			if register >= in.a() {
				last = pc
			}
		case lua.OP_TFORLOOP:
			if register >= in.a()+2 {
				last = pc
			}
		case lua.OP_SELF:
			if register == in.a() || register == in.a()+1 {
				last = pc
			}
		case lua.OP_JMP:
			if target := pc + 1 + in.jump(); pc < target && target <= at.pc {
				pc = target - 1
			}
		case lua.OP_MOVEN:
			for range in.c() {
				if in.a() == register {
					last = pc
				}
				pc++
				in = instruction(at.proto.Code[pc])
			}
			if in.a() == register {
				last = pc
			}
		case lua.OP_SETGLOBAL, lua.OP_SETUPVAL, lua.OP_SETTABLE, lua.OP_SETTABLEKS, lua.OP_EQ, lua.OP_LT, lua.OP_LE,
			lua.OP_TEST, lua.OP_RETURN, lua.OP_SETLIST, lua.OP_CLOSE, lua.OP_NOP, lua.OP_FORLOOP, lua.OP_FORPREP:
		default:
			if in.a() == register {
				last = pc
			}
		}
	}
	return last
}
