package geo

import "math"

// earthRadius is in metres; Redis's, like every constant here.
const earthRadius = 6372797.560856

const degree = math.Pi / 180

func radians(degrees float64) float64 { return degrees * degree }
func degrees(radians float64) float64 { return radians / degree }

// Distance is the length of the great circle between two places, in metres, by the
// haversine formula. Conversions to float64 keep compilers from contracting a
// product and a sum into one rounding, which would be another result.
func Distance(a, b Point) float64 {
	v := sin((radians(b.Longitude) - radians(a.Longitude)) / 2)
	if v == 0 {
		return latitudeDistance(a.Latitude, b.Latitude)
	}
	latA, latB := radians(a.Latitude), radians(b.Latitude)
	u := sin((latB - latA) / 2)
	h := float64(u*u) + float64(cos(latA)*cos(latB)*v*v)
	return 2.0 * earthRadius * asin(math.Sqrt(h))
}

// latitudeDistance is Distance along a meridian.
func latitudeDistance(a, b float64) float64 {
	return earthRadius * math.Abs(radians(b)-radians(a))
}
