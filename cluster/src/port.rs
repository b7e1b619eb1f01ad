use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    process,
    sync::atomic::{AtomicU16, Ordering},
};

use crate::ClusterError;

const FIRST: u16 = 15_000;
/// Where Linux begins to take ports for outgoing connections, if it does not say.
const EPHEMERAL: u16 = 32_768;
/// Keeps test processes that start together apart.
const STRIDE: u32 = 97;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// A free port that this process has not handed out before.
///
/// It lies below the ports of outgoing connections: one of those could take the port of a stopped server.
pub fn free() -> Result<u16, ClusterError> {
    bound().map(|(port, _)| port)
}

/// The same, and who listens there: nobody else can take it meanwhile.
pub(crate) fn bound() -> Result<(u16, TcpListener), ClusterError> {
    let end = ephemeral().max(FIRST + 1);
    let span = end - FIRST;
    let start = u16::try_from(process::id().wrapping_mul(STRIDE) % u32::from(span)).unwrap_or(0);
    (0..span)
        .map(|_| NEXT.fetch_add(1, Ordering::Relaxed) % span)
        .map(|step| {
            FIRST
                + u16::try_from((u32::from(start) + u32::from(step)) % u32::from(span)).unwrap_or(0)
        })
        .find_map(|port| Some((port, TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()?)))
        .ok_or(ClusterError::NoPort(FIRST, end))
}

fn ephemeral() -> u16 {
    fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range")
        .ok()
        .and_then(|range| range.split_whitespace().next()?.parse().ok())
        .unwrap_or(EPHEMERAL)
}
