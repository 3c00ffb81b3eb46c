//! How many files and connections this process may have open.

/// Lets this process open as many files and connections as the system would let it: shells and containers begin with 1,024.
/// Where it does not, the log says so, or the system has no such limit.
pub fn raise() {
    #[cfg(unix)]
    {
        use nix::sys::resource::{Resource, getrlimit, setrlimit};

        if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
            && soft < hard
            && let Err(error) = setrlimit(Resource::RLIMIT_NOFILE, hard, hard)
        {
            tracing::warn!(%error, "the limit of open files cannot be raised from {soft} to {hard}");
        }
    }
}

/// How many may be open; `None` where there is no limit.
fn limit() -> Option<u64> {
    #[cfg(unix)]
    {
        use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};

        let (soft, _) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
        (soft != RLIM_INFINITY).then_some(soft)
    }
    #[cfg(not(unix))]
    None
}

/// How many of so many connections there is room for, with enough left for databases, services, files and the admin listener.
pub(crate) fn room(connections: usize) -> usize {
    within(connections, limit())
}

fn within(connections: usize, limit: Option<u64>) -> usize {
    let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) else {
        return connections;
    };
    let room = limit.saturating_sub(OTHERS).max(limit / 2).max(1);
    if room < connections {
        tracing::warn!(
            "{limit} files may be open, so there is room for {room} connections and not for {connections}; raise the limit (`ulimit -n`, LimitNOFILE)"
        );
    }
    connections.min(room)
}

/// Descriptors that are not connections of clients.
const OTHERS: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_room_for_what_they_need() {
        assert_eq!(within(8_192, None), 8_192);
        assert_eq!(within(8_192, Some(1 << 20)), 8_192);
        assert_eq!(within(8_192, Some(4_096)), 3_584);
        assert_eq!(within(8_192, Some(256)), 128);
        assert_eq!(within(10, Some(256)), 10);
    }

    #[test]
    fn the_limit_is_as_high_as_the_system_lets_it_be() {
        let before = limit();
        raise();
        let raised = limit();
        assert!(
            raised.is_none_or(|limit| Some(limit) >= before),
            "{raised:?}"
        );
        #[cfg(unix)]
        {
            use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};

            let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
            assert_eq!(raised, (hard != RLIM_INFINITY).then_some(hard));
        }
    }
}
