package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ClientClass is a class of clients with its own limit for pending replies.
type ClientClass int

const (
	ClassNormal ClientClass = iota
	ClassReplica
	ClassPubSub
	classCount
)

// classNames are the names that CONFIG GET shows; the file says "replica".
var classNames = [classCount]string{ClassNormal: "normal", ClassReplica: "slave", ClassPubSub: "pubsub"}

// OutputLimit disconnects a client whose pending replies pass HardBytes, or
// have been over SoftBytes for SoftSeconds. Zero bytes is no limit.
type OutputLimit struct {
	HardBytes   int64
	SoftBytes   int64
	SoftSeconds int64
}

// OutputLimits holds a limit for every class.
type OutputLimits [classCount]OutputLimit

// outputLimitsDirective sets the limits of the classes it names and leaves the
// others as they are.
func outputLimitsDirective(name string, field *OutputLimits, byDefault OutputLimits) Directive {
	return newDirective(name, field, byDefault, MultiArg, kind[OutputLimits]{
		parse: func(args []string) (OutputLimits, error) { return parseOutputLimits(*field, args) },
		text: func(limits OutputLimits) string {
			parts := make([]string, classCount)
			for class, l := range limits {
				parts[class] = fmt.Sprintf("%s %d %d %d", classNames[class], l.HardBytes, l.SoftBytes, l.SoftSeconds)
			}
			return strings.Join(parts, " ")
		},
		lines: func(limits OutputLimits) []string {
			lines := make([]string, classCount)
			for class, l := range limits {
				className := classNames[class]
				if ClientClass(class) == ClassReplica {
					className = "replica"
				}
				lines[class] = fmt.Sprintf("%s %s %s %d", className,
					formatMemory(l.HardBytes), formatMemory(l.SoftBytes), l.SoftSeconds)
			}
			return lines
		},
	})
}

func parseOutputLimits(limits OutputLimits, args []string) (OutputLimits, error) {
	if len(args)%4 != 0 {
		return limits, errors.New("Wrong number of arguments in buffer limit configuration.")
	}
	for ; len(args) > 0; args = args[4:] {
		class, ok := parseClass(args[0])
		if !ok {
			return limits, errors.New("Invalid client class specified in buffer limit configuration.")
		}
		hard, hardOK := parseMemory(args[1])
		soft, softOK := parseMemory(args[2])
		seconds, err := strconv.ParseInt(args[3], 10, 32)
		if !hardOK || !softOK || err != nil || seconds < 0 {
			return limits, errors.New("Error in hard, soft or soft_seconds setting in buffer limit configuration.")
		}
		limits[class] = OutputLimit{hard, soft, seconds}
	}
	return limits, nil
}

func parseClass(name string) (class ClientClass, ok bool) {
	if strings.EqualFold(name, "replica") {
		return ClassReplica, true
	}
	for class, className := range classNames {
		if strings.EqualFold(name, className) {
			return ClientClass(class), true
		}
	}
	return 0, false
}
