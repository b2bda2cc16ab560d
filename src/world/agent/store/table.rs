//! A sorted table that can take back what was done to it since a transaction began.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::ops::RangeBounds;

/// Rows by key, the index of the last write, and an undo log of the open transaction.
#[derive(Debug)]
pub(in crate::world::agent) struct Table<K, V> {
    rows: BTreeMap<K, V>,
    index: u64,
    undo: Vec<(K, Option<V>)>,
    index_before: u64,
}

impl<K: Ord + Clone, V: Clone> Default for Table<K, V> {
    fn default() -> Self {
        Table { rows: BTreeMap::new(), index: 0, undo: Vec::new(), index_before: 0 }
    }
}

impl<K: Ord + Clone, V: Clone> Table<K, V> {
    /// The raft index of the last write that touched the table.
    pub(in crate::world::agent) fn index(&self) -> u64 {
        self.index
    }

    /// Notes that the write with this index touched the table.
    pub(super) fn touch(&mut self, index: u64) {
        self.index = index;
    }

    pub(in crate::world::agent) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.rows.get(key)
    }

    pub(in crate::world::agent) fn values(&self) -> impl Iterator<Item = &V> {
        self.rows.values()
    }

    pub(in crate::world::agent) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.rows.iter()
    }

    pub(in crate::world::agent) fn range<Q: Ord + ?Sized>(
        &self,
        range: impl RangeBounds<Q>,
    ) -> impl Iterator<Item = (&K, &V)>
    where
        K: Borrow<Q>,
    {
        self.rows.range(range)
    }

    pub(super) fn insert(&mut self, key: K, row: V) {
        let before = self.rows.insert(key.clone(), row);
        self.undo.push((key, before));
    }

    pub(super) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (key, row) = self.rows.remove_entry(key)?;
        self.undo.push((key, Some(row.clone())));
        Some(row)
    }

    /// Takes back everything since the last commit.
    pub(super) fn roll_back(&mut self) {
        while let Some((key, before)) = self.undo.pop() {
            match before {
                Some(row) => self.rows.insert(key, row),
                None => self.rows.remove(&key),
            };
        }
        self.index = self.index_before;
    }

    /// Makes everything since the last commit final, and says which keys it touched, in order and each once.
    pub(super) fn commit(&mut self) -> Vec<K> {
        self.index_before = self.index;
        let mut keys: Vec<K> = self.undo.drain(..).map(|(key, _)| key).collect();
        keys.sort();
        keys.dedup();
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn a_rolled_back_transaction_leaves_no_trace() {
        let mut table = Table::default();
        table.insert("a", 1);
        table.touch(5);
        assert_eq!(table.commit(), ["a"]);
        table.insert("a", 2);
        table.insert("b", 3);
        table.remove("a");
        table.insert("a", 4);
        table.touch(6);
        table.roll_back();
        assert_eq!(table.iter().collect::<Vec<_>>(), [(&"a", &1)]);
        assert_eq!(table.index(), 5);
        assert!(table.commit().is_empty());
    }
}
