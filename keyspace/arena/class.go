package arena

import "math/bits"

// Size classes: every 8 bytes up to 128, then eight steps per doubling (12.5 %)
// up to classBytesMax. Larger blocks are runs of whole pages.
//
//	8 16 24 ... 128 | 144 160 ... 256 | 288 ... 512 | ... | 9216 ... 16384
//	   16 classes        8 classes        8 classes             8 classes
//
// A keyspace entry of 43 bytes thus costs 48. Finer steps above 128 bytes would
// save little (an average of 5 % is lost) and spread blocks over more spans.
const (
	granuleShift     = 3
	fineBytesMax     = 128
	fineClasses      = fineBytesMax >> granuleShift
	stepsPerDoubling = 8
	doublings        = 7
	classCount       = fineClasses + stepsPerDoubling*doublings
	classBytesMax    = fineBytesMax << doublings
	classLarge       = 0xFF
)

var classBytes = func() (sizes [classCount]uint32) {
	for c := range fineClasses {
		sizes[c] = uint32(c+1) << granuleShift
	}
	for d := range doublings {
		base := uint32(fineBytesMax) << d
		for s := range stepsPerDoubling {
			sizes[fineClasses+d*stepsPerDoubling+s] = base + base/stepsPerDoubling*uint32(s+1)
		}
	}
	return sizes
}()

// classOf returns the smallest class that holds size bytes, 1 <= size <= classBytesMax.
func classOf(size int) int {
	if size <= fineBytesMax {
		return (size - 1) >> granuleShift
	}
	above := uint(size - 1)
	doubling := bits.Len(above) - 8 // 128..255 -> 0
	step := int(above>>(doubling+4)) - stepsPerDoubling
	return fineClasses + doubling*stepsPerDoubling + step
}

// ClassBytes returns the size of the block that Alloc hands out for size
// bytes: what a block of that size costs.
func ClassBytes(size int) int {
	if size > classBytesMax {
		return (size + pageBytes - 1) &^ (pageBytes - 1)
	}
	if size <= 0 {
		size = 1
	}
	return int(classBytes[classOf(size)])
}
