package sandbox

import (
	lua "github.com/yuin/gopher-lua"
	"golang.org/x/sys/unix"
)

// osLibrary is what scripts may know of the system: how much time the processor has spent.
func (s *Sandbox) osLibrary() *lua.LTable {
	return s.Functions(map[string]lua.LGFunction{"clock": func(L *lua.LState) int {
		var spent unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &spent); err != nil {
			s.Raise(L, "%s", err.Error())
		}
		L.Push(lua.LNumber(float64(spent.Nano()) / 1e9))
		return 1
	}})
}
