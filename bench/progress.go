package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// progressLineEvery is how often a line is written where lines cannot be rewritten (a log file, a CI job).
const progressLineEvery = 10 * time.Second

// progress tells a waiting person how far a run is. It writes between measurements only, so that it never takes time
// from the generator.
type progress struct {
	out        io.Writer
	isTerminal bool
	start      time.Time
	lastLine   time.Time
	steps      int
	stepsDone  int
}

func newProgress(out *os.File) *progress {
	_, err := unix.IoctlGetTermios(int(out.Fd()), unix.TCGETS)
	return &progress{out: out, isTerminal: err == nil, start: time.Now()}
}

// plan announces the number of steps.
func (p *progress) plan(steps int) { p.steps = steps }

// step announces the next step.
func (p *progress) step(what string) {
	line := fmt.Sprintf("[%d/%d, %v] %s", p.stepsDone+1, p.steps, time.Since(p.start).Round(time.Second), what)
	p.stepsDone++
	switch {
	case p.isTerminal:
		p.clear()
		fmt.Fprint(p.out, line)
	case time.Since(p.lastLine) >= progressLineEvery:
		p.lastLine = time.Now()
		fmt.Fprintln(p.out, line)
	}
}

// skip passes over steps that will not be taken.
func (p *progress) skip(steps int) { p.stepsDone += steps }

// clear removes the line from the terminal, so that something else can be written there.
func (p *progress) clear() {
	if p.isTerminal {
		const carriageReturnAndEraseLine = "\r\x1b[K"
		fmt.Fprint(p.out, carriageReturnAndEraseLine)
	}
}
