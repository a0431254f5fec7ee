package script

import (
	"bufio"
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/protocol"
	"solokv/tests/harness"
)

// The files of testdata hold scripts and what redis-server 7.0 replies to them:
//
//	> a script
//	| its next line
//	  a line of the reply, as redis-cli shows it
//
// A script after "3>" is sent in version 3 of the protocol. KEYS are k1 and k2, ARGV are a1, a2 and 3. Where 7.2
// differs, the file says "7.2:" and has its reply, which is not asked for again.
//
//	go test ./keyspace/script -run CorpusOfRedis -rewrite
var rewriteFlag = flag.Bool("rewrite", false, "ask redis-server again and rewrite testdata")

type sample struct {
	resp   int
	body   string
	reply  string
	manual bool // of 7.2
}

var corpusKeys, corpusArgs = []string{"k1", "k2"}, []string{"a1", "a2", "3"}

func readCorpus(t *testing.T, path string) []*sample {
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	var samples []*sample
	var last *sample
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "> "):
			last = &sample{resp: protocol.V2, body: line[2:]}
			samples = append(samples, last)
		case strings.HasPrefix(line, "3> "):
			last = &sample{resp: protocol.V3, body: line[3:]}
			samples = append(samples, last)
		case strings.HasPrefix(line, "| "):
			last.body += "\n" + line[2:]
		case line == "7.2:":
			last.manual = true
		case strings.HasPrefix(line, "  "):
			last.reply += line[2:] + "\n"
		}
	}
	return samples
}

func writeCorpus(t *testing.T, path string, samples []*sample) {
	var out bytes.Buffer
	for _, s := range samples {
		prompt := "> "
		if s.resp == protocol.V3 {
			prompt = "3> "
		}
		out.WriteString(prompt + strings.ReplaceAll(s.body, "\n", "\n| ") + "\n")
		if s.manual {
			out.WriteString("7.2:\n")
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(s.reply, "\n"), "\n") {
			out.WriteString("  " + line + "\n")
		}
	}
	require.NoError(t, os.WriteFile(path, out.Bytes(), 0o644))
}

var (
	anySHA     = regexp.MustCompile(`script: [0-9a-f]{40},`)
	anyAddress = regexp.MustCompile(`0x[0-9a-f]{6,}`)
)

// shown is a reply as redis-cli shows it, without what differs from run to run.
func shown(v protocol.Value) string {
	text := anySHA.ReplaceAllString(v.String(), "script: <sha>,")
	return anyAddress.ReplaceAllString(text, "<address>") + "\n"
}

func corpusFiles(t *testing.T) []string {
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

func eval(t *testing.T, scripts *Scripts, body string, resp int) protocol.Value {
	script, err := scripts.Evaluate([]byte(body))
	var reply []byte
	if err != nil {
		reply = protocol.AppendError(nil, err.Error())
	} else {
		reply, _ = scripts.Run(script, byteSlices(corpusKeys), byteSlices(corpusArgs), resp, nil)
	}
	v, err := protocol.ReadValue(bufio.NewReader(bytes.NewReader(reply)))
	require.NoError(t, err, "%s: %q", body, reply)
	return v
}

func byteSlices(list []string) (result [][]byte) {
	for _, s := range list {
		result = append(result, []byte(s))
	}
	return result
}

func TestCorpus(t *testing.T) {
	for _, path := range corpusFiles(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			scripts := NewScripts(newStore(), Version{"7.0.15", 0x07000f})
			for _, s := range readCorpus(t, path) {
				assert.Equal(t, s.reply, shown(eval(t, scripts, s.body, s.resp)), s.body)
			}
		})
	}
}

// TestCorpusOfRedis asks the real server whether the files say what it says.
func TestCorpusOfRedis(t *testing.T) {
	server := harness.Start(t, harness.Redis(t, ""))
	clients := map[int]*harness.Client{protocol.V2: server.Dial(), protocol.V3: server.Dial()}
	clients[protocol.V3].MustDo("HELLO", "3")
	if !strings.Contains(clients[protocol.V2].MustDo("INFO", "server").Text, "redis_version:7.0.") {
		t.Skip("the redis-server installed is not of the version that testdata was recorded from")
	}
	for _, path := range corpusFiles(t) {
		samples := readCorpus(t, path)
		clients[protocol.V2].MustDo("FLUSHALL")
		for _, s := range samples {
			args := append([]string{"EVAL", s.body, "2"}, append(corpusKeys, corpusArgs...)...)
			reply, err := clients[s.resp].Do(args...)
			require.NoError(t, err, s.body)
			switch {
			case s.manual:
			case *rewriteFlag:
				s.reply = shown(reply)
			default:
				assert.Equal(t, s.reply, shown(reply), s.body)
			}
		}
		if *rewriteFlag {
			writeCorpus(t, path, samples)
		}
	}
}
