package command

import (
	"fmt"
	"math"
	"os"

	"golang.org/x/sys/unix"

	"solokv/keyspace"
)

// debugCrashForms end the server as errors would, so that supervisors and crash
// reports can be tested. None of them comes back.
func debugCrashForms() []debugSubcommand {
	return []debugSubcommand{
		{"SEGFAULT", 2, 2, debugSegfault, []string{"SEGFAULT", "Crash the server with a segmentation fault."}},
		{"PANIC", 2, 2, debugPanic, []string{"PANIC", "Crash the server as an internal error does."}},
		{"ASSERT", 2, 2, debugAssert, []string{"ASSERT", "Crash the server as a broken invariant does."}},
		{"OOM", 2, 2, debugOOM, []string{"OOM", "Crash the server as the end of all memory does."}},
	}
}

// debugSegfault writes to a page that must not be written.
func debugSegfault(*keyspace.Ctx) error {
	page, err := unix.Mmap(-1, 0, os.Getpagesize(), unix.PROT_READ, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return err
	}
	page[0] = 'x'
	return nil
}

func debugPanic(c *keyspace.Ctx) error {
	panic(fmt.Sprintf("DEBUG PANIC called at Unix time %d", c.NowMs()/1000))
}

func debugAssert(*keyspace.Ctx) error { panic("DEBUG ASSERT called: assertion failed") }

// debugOOM asks for more memory than there is address space.
func debugOOM(c *keyspace.Ctx) error {
	size := math.MaxInt
	block := make([]byte, size)
	return c.ReplyInt(int64(len(block)))
}
