package config

import (
	"fmt"
	"strconv"
	"strings"
)

// OOMScores are what oom_score_adj becomes for a master, for a replica and for
// a process that saves. SoloKV saves without a second process; the third value
// is kept for those who read it back.
type OOMScores [3]int

func oomScoresDirective(name string, field *OOMScores, byDefault OOMScores) Directive {
	const limit = 2000
	return newDirective(name, field, byDefault, MultiArg, kind[OOMScores]{
		parse: func(args []string) (OOMScores, error) {
			var scores OOMScores
			if len(args) != len(scores) {
				return scores, errArgCount
			}
			for i, arg := range args {
				score, err := strconv.Atoi(arg)
				if err != nil || score < -limit || score > limit {
					return scores, fmt.Errorf("Invalid %s, elements must be between -%d and %d.", name, limit, limit)
				}
				scores[i] = score
			}
			return scores, nil
		},
		text: func(scores OOMScores) string {
			return strings.Trim(fmt.Sprint(scores), "[]")
		},
	})
}
