use std::future::ready;

use super::{ShardFuture, ShardResolver};

/// Spreads keys evenly over the shards that the group has, by rendezvous hashing (*consistent hashing*). When a shard is added, only the
/// keys move that the new shard gets: one of `n`. When a shard is taken away, only its own keys move.
///
/// A key that has moved is looked for on its new shard from then on. Whoever adds a shard has to move the rows. The hash is the
/// same in each process and release.
///
/// ```
/// use sea_orm_routing::{RoutingDatabase, shard::Rendezvous};
///
/// let builder = RoutingDatabase::builder().shards("tenants", Rendezvous);
/// ```
#[doc(alias = "consistent_hashing")]
#[derive(Clone, Copy, Debug, Default)]
pub struct Rendezvous;

impl ShardResolver for Rendezvous {
    fn shard<'r>(&'r self, key: &'r str, shards: &'r [String]) -> ShardFuture<'r> {
        let best = shards
            .iter()
            .max_by_key(|shard| (score(key, shard), *shard));
        let best = best
            .cloned()
            .ok_or_else(|| "the group has no shard".to_owned());
        Box::pin(ready(best))
    }
}

/// FNV-1a over both names and their border, and the finaliser of `SplitMix64`.
fn score(key: &str, shard: &str) -> u64 {
    let bytes = shard.bytes().chain([0xff]).chain(key.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: usize = 20_000;

    fn shards(count: usize) -> Vec<String> {
        (0..count).map(|n| format!("shard-{n}")).collect()
    }

    async fn placed(shards: &[String]) -> Vec<String> {
        let mut placed = Vec::new();
        for key in 0..KEYS {
            placed.push(
                Rendezvous
                    .shard(&format!("tenant-{key}"), shards)
                    .await
                    .unwrap(),
            );
        }
        placed
    }

    #[tokio::test]
    async fn a_shard_more_gets_its_share_and_nothing_else_moves() {
        let (before, after) = (placed(&shards(9)).await, placed(&shards(10)).await);
        let moved: Vec<_> = before
            .iter()
            .zip(&after)
            .filter(|(one, other)| one != other)
            .collect();
        assert!(moved.iter().all(|(_, after)| *after == "shard-9"));
        assert!(
            (KEYS / 10 * 9 / 10..KEYS / 10 * 11 / 10).contains(&moved.len()),
            "{}",
            moved.len()
        );
        for shard in shards(10) {
            let has = after.iter().filter(|found| **found == shard).count();
            assert!(
                (KEYS / 10 * 9 / 10..KEYS / 10 * 11 / 10).contains(&has),
                "{shard}: {has}"
            );
        }
        let mut other_order = shards(10);
        other_order.reverse();
        assert_eq!(placed(&other_order).await, after);
    }

    #[tokio::test]
    async fn keys_stay_where_they_are_from_release_to_release() {
        let shards = shards(4);
        let mut found = Vec::new();
        for key in ["", "acme", "initech", "ä", "42"] {
            found.push(Rendezvous.shard(key, &shards).await.unwrap());
        }
        assert_eq!(found.len(), 5);
        let scores = [score("acme", "shard-0"), score("", "")];
        assert_eq!(scores, SCORES);
        assert!(Rendezvous.shard("x", &[]).await.is_err());
    }

    const SCORES: [u64; 2] = [1854332677547613883, 5705415379283624141];
}
