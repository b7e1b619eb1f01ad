use std::{collections::BTreeMap, future::ready};

use super::{ShardFuture, ShardResolver};

/// Keys that are numbers, by ranges of them.
///
/// ```
/// use sea_orm_routing::{RoutingDatabase, shard::ShardRanges};
///
/// // 0 to 999 on `first`, 1000 to 4999 on `second`, and none beyond.
/// let ranges = ShardRanges::new().below(1_000, "first").below(5_000, "second");
/// let builder = RoutingDatabase::builder().shards("tenants", ranges);
/// ```
#[derive(Clone, Debug, Default)]
pub struct ShardRanges {
    /// By the first number that is beyond.
    shards: BTreeMap<u64, String>,
}

impl ShardRanges {
    /// No ranges.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the shard of the numbers below `end` that are not below the smaller end of another range.
    #[must_use]
    pub fn below(mut self, end: u64, shard: impl Into<String>) -> Self {
        self.shards.insert(end, shard.into());
        self
    }

    fn find(&self, key: &str) -> Result<String, String> {
        // No sign, and no second way to write the same number.
        let is_plain = key.bytes().all(|byte| byte.is_ascii_digit());
        let is_short = key == "0" || !key.starts_with('0');
        let number = key.parse::<u64>().ok().filter(|_| is_plain && is_short);
        let number = number.ok_or("it is no whole number, and the shards are ranges of them")?;
        let after = (
            std::ops::Bound::Excluded(number),
            std::ops::Bound::Unbounded,
        );
        let found = self.shards.range::<u64, _>(after).next();
        Ok(found.ok_or("it is beyond the last range")?.1.clone())
    }
}

impl ShardResolver for ShardRanges {
    fn shard<'r>(&'r self, key: &'r str, _: &'r [String]) -> ShardFuture<'r> {
        Box::pin(ready(self.find(key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_in_the_range_below_whose_end_it_is() {
        let ranges = ShardRanges::new().below(20, "b").below(10, "a");
        for (key, shard) in [("0", "a"), ("9", "a"), ("10", "b"), ("19", "b")] {
            assert_eq!(ranges.find(key).as_deref(), Ok(shard), "{key}");
        }
        let beyond = ranges.find("20").unwrap_err();
        assert_eq!(beyond, "it is beyond the last range");
        let none = "it is no whole number, and the shards are ranges of them";
        for key in [
            "-1",
            "+1",
            "01",
            " 1",
            "1.0",
            "",
            "x",
            "18446744073709551616",
        ] {
            assert_eq!(ranges.find(key).unwrap_err(), none, "{key}");
        }
    }
}
