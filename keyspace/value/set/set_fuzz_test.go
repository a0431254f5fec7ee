package set

import (
	"fmt"
	"testing"
)

// FuzzSet reads operations of two bytes: what to do, and with which member.
func FuzzSet(f *testing.F) {
	f.Add([]byte("\x00\x01\x00\x02\xf0\x00\x80\x01\x00\x03\xf0\x00\x80\x02"))
	f.Fuzz(func(t *testing.T, operations []byte) {
		x := newFixture(t)
		for ; len(operations) >= 2; operations = operations[2:] {
			op, arg := operations[0], operations[1]
			member := fmt.Sprintf("%d-%0*d", op&3, int(arg), arg)
			switch {
			case op >= 0xF0 && x.view == nil:
				x.open()
			case op >= 0xF0:
				x.close()
			case op >= 0xE8: // many at once, so that the table grows and shrinks
				for i := range 4 * int(arg) {
					x.add(fmt.Sprint(i))
				}
			case op >= 0xE0:
				for i := range 4 * int(arg) {
					x.remove(fmt.Sprint(i))
				}
			case op >= 0x80:
				x.remove(member)
			default:
				x.add(member)
			}
		}
		x.check()
		x.finish()
	})
}
