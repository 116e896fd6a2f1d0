use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// An angle on the globe, to a millionth of a degree: a hand's breadth on the ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Degrees(i32);

/// It is no angle on the globe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("give degrees, from -180 to 180")]
pub struct NoDegrees;

impl Degrees {
    const MILLION: f64 = 1e6;

    /// An angle from -180 to 180.
    ///
    /// # Errors
    /// [`NoDegrees`]: it is none.
    ///
    /// # Examples
    /// ```
    /// use tidings_messaging::Degrees;
    ///
    /// assert_eq!(Degrees::new(38.7223)?.to_string(), "38.7223");
    /// assert_eq!(Degrees::new(-9.0)?.to_string(), "-9");
    /// assert!(Degrees::new(180.000_001).is_err());
    /// # Ok::<(), tidings_messaging::NoDegrees>(())
    /// ```
    pub fn new(degrees: f64) -> Result<Self, NoDegrees> {
        let millionths = (degrees * Self::MILLION).round();
        if !(-180.0 * Self::MILLION..=180.0 * Self::MILLION).contains(&millionths) {
            return Err(NoDegrees);
        }
        // Within the bounds, and whole.
        format!("{millionths:.0}")
            .parse()
            .map(Self)
            .map_err(|_| NoDegrees)
    }

    /// The angle as a number.
    pub fn value(self) -> f64 {
        f64::from(self.0) / Self::MILLION
    }
}

impl fmt::Display for Degrees {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.value())
    }
}

impl Serialize for Degrees {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.value())
    }
}

impl<'de> Deserialize<'de> for Degrees {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(f64::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_angle_reads_back_as_it_was_written() {
        for text in ["0", "38.7223", "-9.139336", "180", "-180", "0.000001"] {
            let degrees = Degrees::new(text.parse().unwrap()).unwrap();
            assert_eq!(degrees.to_string(), text);
            let json = serde_json::to_string(&degrees).unwrap();
            assert_eq!(serde_json::from_str::<Degrees>(&json).unwrap(), degrees);
        }
        for wrong in [f64::NAN, f64::INFINITY, 180.1, -181.0] {
            assert_eq!(Degrees::new(wrong), Err(NoDegrees), "{wrong}");
        }
        assert!(serde_json::from_str::<Degrees>("200").is_err());
    }
}
