package sandbox

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"

	"solokv/keyspace/script/syntax"
)

// compile hands a tree to gopher-lua. What remains to go wrong there is a function that needs too many
// registers, constants or jumps, which the reference implementation has one text for.
func compile(stmts []ast.Stmt, chunk string) (proto *lua.FunctionProto, err error) {
	line := 0
	defer func() {
		if failure := recover(); failure != nil || err != nil {
			err = &syntax.Error{Text: fmt.Sprintf("%s:%d: function or expression too complex", chunkID(chunk), line)}
		}
	}()
	proto, err = lua.Compile(stmts, chunk)
	if failure, ok := err.(*lua.CompileError); ok {
		line = failure.Line
	}
	return proto, err
}

const (
	chunkIDBytesMax = 80
	// What the frame around a shortened name takes of it: its quotes, dots and an end.
	chunkTextBytes = chunkIDBytesMax - len(` [string "..."] `) - 1
	chunkFileBytes = chunkIDBytesMax - len(` '...' `) - 1
)

// chunkID is how messages show the name that a chunk was given: "=name" and "@file" as they are, anything else
// as the beginning of the chunk's text.
func chunkID(name string) string {
	if name == "" {
		return `[string ""]`
	}
	switch rest := name[1:]; name[0] {
	case '=':
		return rest[:min(len(rest), chunkIDBytesMax-1)]
	case '@':
		if len(rest) > chunkFileBytes {
			return "..." + rest[len(rest)-chunkFileBytes:]
		}
		return rest
	}
	end := 0
	for end < len(name) && name[end] != '\n' && name[end] != '\r' && end < chunkTextBytes {
		end++
	}
	if end < len(name) {
		return `[string "` + name[:end] + `..."]`
	}
	return `[string "` + name + `"]`
}
