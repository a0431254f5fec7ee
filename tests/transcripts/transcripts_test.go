package transcripts

import (
	"flag"
	"testing"

	"solokv/tests/harness"
)

var (
	rewrite = flag.Bool("rewrite", false, "write the real server's replies into the files")
	oracle  = flag.String("oracle", "", `words that start the real server (default "redis-server")`)
)

func TestMain(m *testing.M) { harness.Main(m) }

// TestTranscriptsTCP plays the corpus against this repository's binary.
func TestTranscriptsTCP(t *testing.T) {
	Run(t, Process(harness.SoloKV(t)))
}

// TestTranscriptsChopped does it again with requests in small pieces.
func TestTranscriptsChopped(t *testing.T) {
	Run(t, Chopped(Process(harness.SoloKV(t))), "protocol", "strings")
}

// TestTranscriptsTLS does it again through the TLS port.
func TestTranscriptsTLS(t *testing.T) {
	Run(t, OverTLS(Process(harness.SoloKV(t))))
}

// TestTranscriptsRedis keeps the corpus honest: the real server must agree with
// it. With -rewrite it is asked instead.
func TestTranscriptsRedis(t *testing.T) {
	real := Process(harness.Redis(t, *oracle))
	if *rewrite {
		Rewrite(t, real, corpusDir)
		return
	}
	Run(t, real)
}
