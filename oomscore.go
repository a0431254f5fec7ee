package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"solokv/keyspace/config"
)

// oomScorePath is where the kernel keeps how readily it kills this process when memory is
// short: from -1000, never, to 1000.
const oomScorePath = "/proc/self/oom_score_adj"

const oomScoreMax = 1000

// oomScore is the directive oom-score-adj.
type oomScore struct {
	base  int // what the process was started with
	taken bool
}

// apply makes the score what the directives say; without them, what it was at the start.
// The value is that of a master: there are no replicas, and no children that save.
func (o *oomScore) apply(v *config.Values) error {
	if v.OOMScoreAdj == config.OOMScoreNo && !o.taken {
		return nil
	}
	if !o.taken {
		content, err := os.ReadFile(oomScorePath)
		if err != nil {
			return fmt.Errorf("oom-score-adj: %w", err)
		}
		if o.base, err = strconv.Atoi(strings.TrimSpace(string(content))); err != nil {
			return fmt.Errorf("oom-score-adj: %w", err)
		}
		o.taken = true
	}
	score := o.base
	switch v.OOMScoreAdj {
	case config.OOMScoreAbsolute:
		score = v.OOMScoreAdjValues[0]
	case config.OOMScoreRelative:
		score += v.OOMScoreAdjValues[0]
	}
	score = min(max(score, -oomScoreMax), oomScoreMax)
	if err := os.WriteFile(oomScorePath, []byte(strconv.Itoa(score)), 0o644); err != nil {
		return fmt.Errorf("oom-score-adj: %w", err)
	}
	return nil
}
