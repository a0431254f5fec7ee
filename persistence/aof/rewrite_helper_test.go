package aof

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The bases of these tests are the history itself: a base in the AOF form has the records up to the cut, and one in
// the RDB form a line for each between a head and an end. So what is loaded, however often the AOF was rewritten, has
// to be a prefix of what was appended.

const (
	fakeHead = "REDIS0011\n"
	fakeEnd  = "end\n"
)

// writeHistory is the function that a rewrite gets.
func writeHistory(format BaseFormat, records []string) func(w io.Writer) error {
	return func(w io.Writer) error {
		if format == BaseAOF {
			for _, record := range records {
				if _, err := io.WriteString(w, command(strings.Split(record, " ")...)); err != nil {
					return err
				}
			}
			return nil
		}
		text := fakeHead
		for _, record := range records {
			text += fmt.Sprintf("%q\n", record)
		}
		_, err := io.WriteString(w, text+fakeEnd)
		return err
	}
}

// readHistory is the Base of a loader that puts what it reads into records.
func readHistory(records *[]string) func(src io.Reader, size int64) (int64, error) {
	return func(src io.Reader, size int64) (int64, error) {
		r := bufio.NewReader(src)
		taken := int64(0)
		for {
			line, err := r.ReadString('\n')
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			if err != nil {
				return taken, err
			}
			taken += int64(len(line))
			switch line {
			case fakeHead:
			case fakeEnd:
				return taken, nil
			default:
				var record string
				if _, err := fmt.Sscanf(line, "%q\n", &record); err != nil {
					return taken, fmt.Errorf("%w in %q", err, line)
				}
				*records = append(*records, record)
			}
		}
	}
}

// rewrite makes a base of the records and returns how that ended.
func rewrite(t testing.TB, j *Journal, format BaseFormat, records []string) error {
	t.Helper()
	r, err := j.Rewrite(format)
	require.NoError(t, err)
	require.Equal(t, j.Offset(), r.Offset())
	return r.Run(context.Background(), writeHistory(format, records))
}
