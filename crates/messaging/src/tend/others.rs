//! The ways that could stand in for one.

use crate::{Checkup, LATEST_SPAN, ProviderAccount, Way};
use tidings_kernel::Channel;
use tidings_routing::{Circuit, Others};

/// What is seen of the tenant's other accounts, for the same destination. `accounts` may be empty where nothing is
/// failing.
pub(super) fn of(one: &Checkup, checkups: &[Checkup], accounts: &[ProviderAccount]) -> Others {
    let delivery = checkups
        .iter()
        .filter(|other| {
            other.way.tenant == one.way.tenant
                && other.way.region == one.way.region
                && other.way.account != one.way.account
                && other.health.circuit == Circuit::Closed
        })
        .filter_map(|other| other.recent.delivery_rate())
        .max();
    Others {
        delivery,
        faults: least_faults(one, checkups, accounts),
    }
}

/// The least rate of faults among the accounts that carry what this one does. One that nobody has used lately is
/// presumed to work.
fn least_faults(one: &Checkup, checkups: &[Checkup], accounts: &[ProviderAccount]) -> Option<u16> {
    let own = accounts.iter().find(|it| it.id == one.way.account)?;
    accounts
        .iter()
        .filter(|it| it.tenant == own.tenant && it.id != own.id && it.is_enabled)
        .filter(|it| channels(it).any(|channel| channels(own).any(|own| own == channel)))
        .filter_map(|it| {
            let seen = |region| {
                let way = Way {
                    account: it.id,
                    region,
                    ..one.way
                };
                checkups.iter().find(move |checkup| checkup.way == way)
            };
            let is_left = |checkup: &Checkup| checkup.health.share() == 0;
            let (whole, there) = (seen(None), seen(one.way.region));
            if whole.is_some_and(is_left) || there.is_some_and(is_left) {
                return None;
            }
            Some(there.or(whole).map_or(0, faults))
        })
        .min()
}

/// How often calls fail, by the last seconds if they were busy, else by the last minute.
fn faults(checkup: &Checkup) -> u16 {
    /// Fewer calls say nothing.
    const SOME: u32 = 5;
    if checkup.latest.all() >= SOME {
        checkup.latest.fault_rate()
    } else if checkup.recent.calls() >= SOME {
        checkup.recent.fault_rate()
    } else {
        0
    }
}

fn channels(account: &ProviderAccount) -> impl Iterator<Item = Channel> + '_ {
    let senders = account.senders.iter();
    senders.flat_map(|sender| sender.channels.iter().copied())
}

/// What was seen of a way that is left, for people.
pub(super) fn told(checkup: &Checkup) -> String {
    let (recent, latest) = (&checkup.recent, &checkup.latest);
    if !recent.have_failed() && latest.are_failing() {
        return format!(
            "{} of {} calls failed in the last {} seconds",
            latest.faults,
            latest.all(),
            LATEST_SPAN.whole_seconds()
        );
    }
    format!(
        "{} of {} calls failed in the last minute",
        recent.faults,
        recent.calls()
    )
}
