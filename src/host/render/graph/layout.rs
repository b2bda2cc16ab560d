//! Boxes in layers, left to right: what is needed stands left of what needs it. Deterministic, and linear but for the
//! sorting of each layer.

/// A rectangle.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Rect {
    fn middle(&self) -> f64 {
        self.y + self.height / 2.0
    }
}

/// Space between layers, where arrows run.
const BETWEEN: f64 = 56.0;
/// Space between the boxes of a layer.
const BESIDE: f64 = 18.0;
/// How often the order within layers is improved.
const SWEEPS: usize = 6;
/// Boxes of a layer before it is broken into several columns: nobody reads a column of hundreds.
const TALLEST: usize = 24;

/// Places boxes of these sizes (width, height); of an arrow the first is needed by the second. Answers the places, from
/// (0, 0), and the size of the whole.
pub fn place(sizes: &[(f64, f64)], arrows: &[(usize, usize)]) -> (Vec<Rect>, (f64, f64)) {
    let layers = layers(sizes.len(), arrows);
    let neighbours = Neighbours::new(sizes.len(), arrows);
    let layers = untangle(layers, &neighbours);
    let mut places: Vec<Rect> = sizes
        .iter()
        .map(|(width, height)| Rect { width: *width, height: *height, ..Rect::default() })
        .collect();
    let mut x = 0.0;
    for layer in &layers {
        let widest = layer.iter().map(|at| places[*at].width).fold(0.0, f64::max);
        let wanted: Vec<f64> = layer.iter().map(|at| neighbours.middle_of_needed(*at, &places)).collect();
        let mut y = f64::NEG_INFINITY;
        for (at, wanted) in layer.iter().zip(wanted) {
            let place = &mut places[*at];
            place.x = x;
            place.y = (wanted - place.height / 2.0).max(y).max(0.0);
            y = place.y + place.height + BESIDE;
        }
        x += widest + BETWEEN;
    }
    align_roots(&layers, &neighbours, &mut places);
    let top = places.iter().map(|place| place.y).fold(f64::INFINITY, f64::min);
    for place in &mut places {
        place.y -= top;
    }
    let width = places.iter().map(|place| place.x + place.width).fold(0.0, f64::max);
    let height = places.iter().map(|place| place.y + place.height).fold(0.0, f64::max);
    (places, (width, height))
}

/// The first layer has nothing to its left to stand beside; it moves to the middle of what needs it.
fn align_roots(layers: &[Vec<usize>], neighbours: &Neighbours, places: &mut [Rect]) {
    let Some(first) = layers.first().filter(|_| layers.len() > 1) else { return };
    let mut y = f64::NEG_INFINITY;
    for at in first {
        let needing = &neighbours.needing[*at];
        let wanted = if needing.is_empty() {
            places[*at].middle()
        } else {
            needing.iter().map(|to| places[*to].middle()).sum::<f64>() / needing.len() as f64
        };
        let place = &mut places[*at];
        place.y = (wanted - place.height / 2.0).max(y);
        y = place.y + place.height + BESIDE;
    }
}

struct Neighbours {
    needed: Vec<Vec<usize>>,
    needing: Vec<Vec<usize>>,
}

impl Neighbours {
    fn new(count: usize, arrows: &[(usize, usize)]) -> Self {
        let mut all = Self { needed: vec![Vec::new(); count], needing: vec![Vec::new(); count] };
        for (from, to) in arrows.iter().filter(|(from, to)| from != to && *from < count && *to < count) {
            all.needed[*to].push(*from);
            all.needing[*from].push(*to);
        }
        all
    }

    fn middle_of_needed(&self, at: usize, places: &[Rect]) -> f64 {
        let needed = &self.needed[at];
        if needed.is_empty() {
            return places[at].height / 2.0;
        }
        needed.iter().map(|from| places[*from].middle()).sum::<f64>() / needed.len() as f64
    }
}

/// Each box one layer behind the last it needs. Arrows that close a circle (modules may use each other) don't count.
fn layers(count: usize, arrows: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let neighbours = Neighbours::new(count, arrows);
    let mut layer: Vec<Option<usize>> = vec![None; count];
    let mut entered = vec![false; count];
    for start in 0..count {
        // Depth first with a stack of its own: a chain may be long.
        let mut open = vec![start];
        while let Some(at) = open.last().copied() {
            if layer[at].is_some() {
                open.pop();
                continue;
            }
            if !std::mem::replace(&mut entered[at], true) {
                open.extend(neighbours.needed[at].iter().filter(|from| !entered[**from]));
                continue;
            }
            let behind = neighbours.needed[at].iter().filter_map(|from| layer[*from]).max();
            layer[at] = Some(behind.map_or(0, |behind| behind + 1));
            open.pop();
        }
    }
    let mut layers: Vec<Vec<usize>> = Vec::new();
    for (at, layer) in layer.into_iter().enumerate() {
        let layer = layer.unwrap_or(0);
        if layers.len() <= layer {
            layers.resize_with(layer + 1, Vec::new);
        }
        layers[layer].push(at);
    }
    layers
        .into_iter()
        .flat_map(|layer| layer.chunks(TALLEST).map(<[usize]>::to_vec).collect::<Vec<_>>())
        .collect()
}

/// Sorts each layer by where its neighbours stand, back and forth, so that arrows cross less.
fn untangle(mut layers: Vec<Vec<usize>>, neighbours: &Neighbours) -> Vec<Vec<usize>> {
    let count = layers.iter().map(Vec::len).sum();
    let mut rank = vec![0.0_f64; count];
    let number = |layer: &[usize], rank: &mut [f64]| {
        for (at, item) in layer.iter().enumerate() {
            // Relative, so that layers of different sizes compare.
            rank[*item] = (at as f64 + 0.5) / layer.len() as f64;
        }
    };
    for layer in &layers {
        number(layer, &mut rank);
    }
    let many = layers.len();
    for sweep in 0..SWEEPS {
        let forth = sweep % 2 == 0;
        for step in 0..many {
            let layer = &mut layers[if forth { step } else { many - 1 - step }];
            let mean = |item: usize| {
                let list = if forth { &neighbours.needed[item] } else { &neighbours.needing[item] };
                if list.is_empty() {
                    rank[item]
                } else {
                    list.iter().map(|at| rank[*at]).sum::<f64>() / list.len() as f64
                }
            };
            let mut keyed: Vec<(f64, usize)> = layer.iter().map(|item| (mean(*item), *item)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            *layer = keyed.into_iter().map(|(_, item)| item).collect();
            number(layer, &mut rank);
        }
    }
    layers
}
