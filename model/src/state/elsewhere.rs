//! The other Regions of an account, and the keys that live in several Regions.

use super::{Account, Key, Origin, Outside, State};
use crate::resource::Resource;
use std::sync::Arc;

impl State {
    /// Brings another Region to the front. The moment and what is known of ciphertexts go along: a
    /// multi-Region key opens in one Region what it sealed in another.
    pub fn turn_to(&mut self, region: &str) {
        if self.account.region == region {
            return;
        }
        let mut elsewhere = std::mem::take(&mut self.elsewhere);
        let next = match elsewhere.remove(region) {
            Some(state) => Arc::unwrap_or_clone(state),
            None => self.empty_in(region),
        };
        let mut left = std::mem::replace(self, next);
        self.now = std::mem::take(&mut left.now);
        self.ciphertexts = std::mem::take(&mut left.ciphertexts);
        self.unjudged = std::mem::take(&mut left.unjudged);
        self.forged = std::mem::take(&mut left.forged);
        self.computed = std::mem::take(&mut left.computed);
        self.wrapped = std::mem::take(&mut left.wrapped);
        left.outside.certificate_fault = None;
        // A Region that holds nothing is the same as one that nobody ever looked at.
        if left != left.empty_in(&left.account.region) {
            elsewhere.insert(left.account.region.clone(), Arc::new(left));
        }
        self.elsewhere = elsewhere;
        self.share_materials();
    }

    /// Lets the keys at the front know what happened to the material that they share with related keys.
    fn share_materials(&mut self) {
        let is_shared =
            |key: &&Arc<Key>| key.multi_region.is_some() && key.origin == Origin::AwsKms;
        let shared: Vec<Arc<Key>> = self.keys.values().filter(is_shared).cloned().collect();
        for key in shared {
            let mut others: Vec<Arc<Key>> = self
                .related(&key.id)
                .map(|(_, other)| Arc::clone(other))
                .collect();
            if others.is_empty() {
                continue;
            }
            let mut next = Key::clone(&key);
            let primary = self.primary_region_of(&key).and_then(|region| {
                let there = self.elsewhere.get(region)?;
                there.keys.get(&key.id).cloned()
            });
            if let Some(primary) = primary {
                next.materials.clone_from(&primary.materials);
                next.rotation.clone_from(&primary.rotation);
            }
            others.push(key.clone());
            for other in others {
                next.public_key = next.public_key.or_else(|| other.public_key.clone());
                for (ours, theirs) in next.materials.iter_mut().zip(&other.materials) {
                    ours.id = ours.id.take().or_else(|| theirs.id.clone());
                }
            }
            if next != *key {
                self.keys.insert(key.id.clone(), Arc::new(next));
            }
        }
    }

    /// Does something with another Region at the front.
    pub fn in_region<T>(&mut self, region: &str, act: impl FnOnce(&mut State) -> T) -> T {
        let home = self.account.region.clone();
        self.turn_to(region);
        let done = act(self);
        self.turn_to(&home);
        done
    }

    /// What a Region of the same account is before anything is made there.
    pub(crate) fn empty_in(&self, region: &str) -> State {
        let mut account = Account::clone(&self.account);
        account.region = region.to_owned();
        let outside = match self.outside.known {
            true => Outside::with_default_vpc(region),
            false => Outside::default(),
        };
        State::new(account, outside)
    }

    /// The keys of this id in other Regions, with their Regions: what is related to a multi-Region
    /// key.
    pub fn related<'s>(&'s self, id: &'s str) -> impl Iterator<Item = (&'s str, &'s Arc<Key>)> {
        self.elsewhere
            .iter()
            .filter_map(move |(region, state)| Some((region.as_str(), state.keys.get(id)?)))
    }

    /// Changes a key and those related to it, each with its Region.
    pub(crate) fn change_related(&mut self, id: &str, change: impl Fn(&str, &mut Key)) {
        let home = self.account.region.clone();
        if let Some(key) = self.key_mut(id) {
            change(&home, key);
        }
        let regions: Vec<String> = self.related(id).map(|(it, _)| it.to_owned()).collect();
        for region in regions {
            let state = self.elsewhere.get_mut(&region).map(Arc::make_mut);
            if let Some(key) = state.and_then(|state| state.key_mut(id)) {
                change(&region, key);
            }
        }
    }

    /// The Region whose primary key this multi-Region key belongs to.
    pub(crate) fn primary_region_of<'k>(&self, key: &'k Key) -> Option<&'k str> {
        Some(key.multi_region.as_ref()?.primary.value.as_str())
    }

    /// Whether it is a multi-Region key, and the primary one.
    pub(crate) fn is_primary(&self, key: &Key) -> bool {
        self.primary_region_of(key) == Some(self.account.region.as_str())
    }

    /// Whether it is a primary key that has replica keys.
    pub(crate) fn has_replicas(&self, key: &Key) -> bool {
        self.is_primary(key) && self.related(&key.id).next().is_some()
    }

    /// Whether nothing is expected of this resource any more.
    pub(crate) fn distrusts(&self, resource: &Resource) -> bool {
        match resource {
            Resource::KeyIn(region, id) => self
                .elsewhere
                .get(region)
                .is_some_and(|state| state.distrusted.contains(&Resource::Key(id.clone()))),
            resource => self.distrusted.contains(resource),
        }
    }

    /// Expects nothing more of this resource.
    pub(crate) fn distrust(&mut self, resource: Resource) {
        match resource {
            Resource::KeyIn(region, id) => {
                if let Some(state) = self.elsewhere.get_mut(&region) {
                    Arc::make_mut(state).distrusted.insert(Resource::Key(id));
                }
            }
            resource => {
                self.distrusted.insert(resource);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::json;

    impl World {
        /// Sends what follows to another Region.
        pub(crate) fn turn_to(&mut self, region: &str) {
            self.state.turn_to(region);
            self.belief.turn_to(region);
        }
    }

    #[test]
    fn a_region_that_was_only_looked_at_leaves_no_trace() {
        let mut world = World::new();
        world.key(json!({}));
        let before = world.state.clone();
        world.state.turn_to("eu-west-1");
        assert!(world.state.keys.is_empty());
        assert_eq!(world.state.account.region, "eu-west-1");
        assert_eq!(world.state.elsewhere.len(), 1);
        world.state.turn_to("us-east-1");
        assert_eq!(world.state, before);
    }

    #[test]
    fn each_region_has_its_own_keys_and_subnets() {
        let mut world = World::new();
        world.state.turn_to("eu-west-1");
        let subnets = world.state.outside.subnets.values();
        assert!(
            subnets
                .into_iter()
                .all(|it| it.zone.starts_with("eu-west-1"))
        );
    }
}
