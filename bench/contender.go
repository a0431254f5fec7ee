package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// soloName is the name under which SoloKV stands in the tables; every other contender is a peer.
const soloName = "solokv"

// peersOnPath are the programs that are compared when they are installed and no -peer is given.
var peersOnPath = []struct{ name, program string }{
	{"redis", "redis-server"},
	{"valkey", "valkey-server"},
}

// contender is a server program in the comparison: its name in the tables and the words that start it, to which the
// options of a row are appended.
type contender struct {
	name    string
	command []string
}

// parsePeer reads the value of -peer: NAME=COMMAND, with the command's words separated by blanks.
func parsePeer(text string) (contender, error) {
	name, command, found := strings.Cut(text, "=")
	words := strings.Fields(command)
	if !found || name == "" || len(words) == 0 {
		return contender{}, fmt.Errorf("peer %q: want NAME=COMMAND", text)
	}
	if name == soloName {
		return contender{}, fmt.Errorf("peer %q: the name %s is taken, use -solokv", text, soloName)
	}
	return contender{name: name, command: words}, nil
}

// findContenders lists SoloKV, if it is built, and the peers: those given, or else, if wanted, those installed.
func findContenders(soloCommand string, peers []contender, installed bool) ([]contender, error) {
	var found []contender
	if words := strings.Fields(soloCommand); len(words) > 0 {
		if path, err := exec.LookPath(words[0]); err == nil {
			if words[0], err = filepath.Abs(path); err != nil {
				return nil, fmt.Errorf("solokv: %w", err)
			}
			found = append(found, contender{name: soloName, command: words})
		} else {
			fmt.Fprintf(os.Stderr, "bench: no SoloKV (%v); comparing the peers only\n", err)
		}
	}
	found = append(found, peers...)
	if len(peers) == 0 && installed {
		for _, peer := range peersOnPath {
			if path, err := exec.LookPath(peer.program); err == nil {
				found = append(found, contender{name: peer.name, command: []string{path}})
			}
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no server to measure: build SoloKV (make build), or name one with -peer")
	}
	names := map[string]bool{}
	for _, c := range found {
		if names[c.name] {
			return nil, fmt.Errorf("two servers are called %q", c.name)
		}
		names[c.name] = true
	}
	return found, nil
}

// root returns the folder that the command makes the server's root ("chroot FOLDER PROGRAM"), "/" without one.
func (c contender) root() string {
	if filepath.Base(c.command[0]) == "chroot" {
		for _, word := range c.command[1:] {
			if !strings.HasPrefix(word, "-") {
				return word
			}
		}
	}
	return "/"
}

// makeFolder makes a temporary folder that the server can reach. It returns the folder's path as this process sees it,
// and as the server does.
func (c contender) makeFolder() (outside, inside string, err error) {
	parent := os.TempDir()
	if c.root() != "/" {
		parent = filepath.Join(c.root(), "tmp")
	}
	outside, err = os.MkdirTemp(parent, "solokv-bench-")
	if err != nil {
		return "", "", fmt.Errorf("%s: folder: %w", c.name, err)
	}
	if c.root() == "/" {
		return outside, outside, nil
	}
	return outside, filepath.Join("/tmp", filepath.Base(outside)), nil
}
