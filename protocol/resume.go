package protocol

// The slow path of the request parser: every request that is not a short multibulk lying complete in the
// buffer. Its state is in the Parser, so it can stop after any byte and go on with the next read.

import "bytes"

// resume goes on where the last call stopped. It returns when a request is complete, or as soon as the bytes
// of buf do not suffice for the next step.
func (p *Parser) resume(buf []byte, args []Span) ([]Span, Status) {
	for p.err == "" {
		switch {
		case p.argsLeft > 0:
			if !p.readArgs(buf) {
				return args, p.stopped()
			}
			return p.complete(args), Complete
		case p.pos >= len(buf):
			p.missing = 1
			return args, Incomplete
		case buf[p.pos] == '*':
			if !p.readArgsCount(buf) {
				return args, p.stopped()
			}
		default:
			if !p.readInline(buf) {
				return args, p.stopped()
			}
			if len(p.found) > 0 {
				return p.complete(args), Complete
			}
			p.consumed = p.pos
		}
	}
	return args, Malformed
}

// stopped is the status after a step that could not be finished.
func (p *Parser) stopped() Status {
	if p.err != "" {
		return Malformed
	}
	return Incomplete
}

// complete hands the finished request over to the caller's list.
func (p *Parser) complete(args []Span) []Span {
	start := uint32(p.consumed)
	for _, span := range p.found {
		args = append(args, Span{Off: start + span.Off, Len: span.Len})
	}
	p.consumed = p.pos
	p.found = p.found[:0]
	if cap(p.found) > foundKeptMax {
		p.found = nil
	}
	return args
}

// readArgsCount reads the header "*<count>\r\n". A count of zero or less makes an empty request, which is
// skipped.
func (p *Parser) readArgsCount(buf []byte) bool {
	line, ok := p.headerLine(buf, ErrCountTooBig)
	if !ok {
		return false
	}
	count, ok := ParseInt(line[1:])
	if !ok || count > int64(p.Limits.ArgsMax) {
		lawful := ok && count <= int64(LimitsDefault.ArgsMax)
		return p.fail(p.lengthError(lawful, ErrCountInvalid, ErrCountUnauthenticated))
	}
	p.pos += len(line) + 2
	if count <= 0 {
		p.consumed = p.pos
		return true
	}
	p.argsLeft, p.bulkLen = int(count), bulkUnknown
	return true
}

// readArgs reads arguments until none is left of the request.
func (p *Parser) readArgs(buf []byte) bool {
	for p.argsLeft > 0 {
		if p.bulkLen == bulkUnknown && !p.readBulkLen(buf) {
			return false
		}
		// The two bytes behind the payload are skipped unseen, as Redis does.
		end := int64(p.pos) + p.bulkLen + 2
		if end > int64(len(buf)) {
			p.missing = int(end - int64(len(buf)))
			return false
		}
		p.found = append(p.found, Span{Off: uint32(p.pos - p.consumed), Len: uint32(p.bulkLen)})
		p.pos = int(end)
		p.argsLeft--
		p.bulkLen = bulkUnknown
	}
	return true
}

// readBulkLen reads the header "$<length>\r\n" of an argument.
func (p *Parser) readBulkLen(buf []byte) bool {
	line, ok := p.headerLine(buf, ErrBulkHeaderTooBig)
	if !ok {
		return false
	}
	if len(line) == 0 || line[0] != '$' {
		return p.fail(ErrBulkExpected + string(buf[p.pos:p.pos+1]) + "'")
	}
	length, ok := ParseInt(line[1:])
	if !ok || length < 0 || length > p.Limits.BulkBytesMax {
		lawful := ok && length >= 0 && length <= LimitsDefault.BulkBytesMax
		return p.fail(p.lengthError(lawful, ErrBulkLenInvalid, ErrBulkLenUnauthenticated))
	}
	start := p.pos + len(line) + 2
	if int64(start)+length+2 > offsetMax {
		return p.fail(ErrRequestTooBig)
	}
	p.pos, p.bulkLen = start, length
	return true
}

// headerLine returns the bytes of the line at pos up to its '\r', once one more byte, its '\n', is there too.
// A line longer than the limit fails with the text tooBig.
func (p *Parser) headerLine(buf []byte, tooBig string) ([]byte, bool) {
	end, ok := p.search(buf, '\r', tooBig)
	if !ok {
		return nil, false
	}
	if p.pos+end+1 >= len(buf) {
		p.missing = 1
		return nil, false
	}
	p.searched = 0
	return buf[p.pos : p.pos+end], true
}

// search finds the terminator in the line at pos and returns its distance from pos. What has been searched is
// noted, so that a line which arrives in pieces is searched once; whoever moves pos beyond the line resets
// searched.
func (p *Parser) search(buf []byte, terminator byte, tooBig string) (int, bool) {
	window := buf[p.pos:]
	if len(window) > p.Limits.InlineBytesMax {
		window = window[:p.Limits.InlineBytesMax+1]
	}
	searched := min(p.searched, len(window)) // the limit may have become smaller
	if k := bytes.IndexByte(window[searched:], terminator); k >= 0 {
		p.searched = searched + k
		return p.searched, true
	}
	p.searched = len(window)
	if len(window) > p.Limits.InlineBytesMax {
		return 0, p.fail(tooBig)
	}
	p.missing = 1
	return 0, false
}

// lengthError chooses the text for a length beyond the limits: lawful tells that it would be allowed to
// others.
func (p *Parser) lengthError(lawful bool, invalid, unauthenticated string) string {
	if p.Limits.Unauthenticated && lawful {
		return unauthenticated
	}
	return invalid
}

// fail ends the stream; it returns false for its callers to return.
func (p *Parser) fail(text string) bool {
	p.err = text
	return false
}
