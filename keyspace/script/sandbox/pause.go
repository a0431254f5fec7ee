package sandbox

import (
	"context"
	"time"
)

// instructionsPerPause is how often a running script asks whether it may go on. At some 60 ns an instruction it
// is asked every 250 us.
const instructionsPerPause = 4096

// pauseContext is how a script is interrupted: gopher-lua asks its context before every instruction whether it
// is done. This one counts the questions. Against a loop without any context that costs about 10 % (BenchmarkLoop and
// BenchmarkLoopUnpaused), and less than a call at every jump, which was the other way.
type pauseContext struct {
	context.Context
	left  int
	pause func() error
	err   error
	over  chan struct{} // closed
}

func newPauseContext(pause func() error) *pauseContext {
	over := make(chan struct{})
	close(over)
	return &pauseContext{Context: context.Background(), left: instructionsPerPause, pause: pause, over: over}
}

// Done is nil, which is never ready, as long as the script may run. Once it may not, every instruction of it
// fails, also those that come after it has caught the error.
func (c *pauseContext) Done() <-chan struct{} {
	if c.left--; c.left > 0 {
		return nil
	}
	if c.ask() != nil {
		return c.over
	}
	return nil
}

// ask pauses, and returns the error that ends the script.
func (c *pauseContext) ask() error {
	if c.err == nil {
		c.err = c.pause()
	}
	c.left = instructionsPerPause
	if c.err != nil {
		c.left = 0
	}
	return c.err
}

func (c *pauseContext) Err() error { return c.err }

func (c *pauseContext) Deadline() (time.Time, bool) { return time.Time{}, false }

// reset makes the context ready for the next script.
func (c *pauseContext) reset() { c.left, c.err = instructionsPerPause, nil }
