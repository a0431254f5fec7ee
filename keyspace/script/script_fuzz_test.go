package script

import (
	"errors"
	"strings"
	"testing"

	"solokv/protocol"
)

// FuzzScript: whatever a client sends as a script gets a reply, soon, and the next script runs as ever.
func FuzzScript(f *testing.F) {
	for _, path := range []string{"testdata/errors.txt", "testdata/library.txt", "testdata/redis.txt"} {
		for _, body := range corpusBodies(f, path) {
			f.Add(body)
		}
	}
	f.Fuzz(func(t *testing.T, body string) {
		host := newStore()
		host.pause = func() error {
			if host.pauses > 8 {
				return errors.New("ERR killed")
			}
			return nil
		}
		scripts := NewScripts(host, Version{})
		scripts.in.box.TextBytesMax = 1 << 20
		script, err := scripts.Evaluate([]byte(body))
		if err != nil {
			return
		}
		for _, resp := range []int{protocol.V2, protocol.V3} {
			host.pauses = 0
			reply, _ := scripts.Run(script, byteSlices(corpusKeys), byteSlices(corpusArgs), resp, nil)
			if n, ok := protocol.SkipReply(reply); !ok || n != len(reply) {
				t.Fatalf("not one reply: %q", reply)
			}
			if strings.Contains(string(reply), "runtime error") || strings.Contains(string(reply), "interface conversion") {
				t.Fatalf("a panic of Go: %q", reply)
			}
		}
		host.pauses = 0
		next, err := scripts.Evaluate([]byte("return ('a'):upper() .. 1"))
		if err != nil {
			t.Fatal(err)
		}
		if reply, _ := scripts.Run(next, nil, nil, protocol.V2, nil); string(reply) != "$2\r\nA1\r\n" {
			t.Fatalf("the script after it: %q", reply)
		}
	})
}
