//! Types as the generator knows them: on its own, so that it can disagree with the checker.

#[derive(Debug, Clone, PartialEq)]
pub struct Ty {
    pub kind: Kind,
    /// Written `T?`.
    pub null: bool,
    /// The name it is declared under.
    pub name: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Bool,
    /// With the range it lies in.
    Int(Option<(i64, i64)>),
    Number,
    /// In two ranges.
    Ports,
    /// With the lengths it may have.
    Text(Option<(usize, usize)>),
    Duration,
    Size,
    Enum(Vec<&'static str>),
    List(Box<Ty>),
    Set(Box<Ty>),
    Map(Box<Ty>),
    Tuple(Vec<Ty>),
    Object(Vec<Field>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub name: &'static str,
    /// What it is given.
    pub ty: Ty,
    pub presence: Presence,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Presence {
    Required,
    Optional,
    /// Optional, with this text as its default.
    Default(String),
}

impl From<Kind> for Ty {
    fn from(kind: Kind) -> Self {
        Self { kind, null: false, name: None }
    }
}

impl Field {
    /// The type it is read with.
    pub fn read(&self) -> Ty {
        let mut ty = self.ty.clone();
        ty.null |= self.presence == Presence::Optional;
        ty
    }
}

impl Ty {
    pub fn text() -> Self {
        Kind::Text(None).into()
    }

    pub fn int() -> Self {
        Kind::Int(None).into()
    }

    pub fn bool() -> Self {
        Kind::Bool.into()
    }

    pub fn number() -> Self {
        Kind::Number.into()
    }

    pub fn list(element: Ty) -> Self {
        Kind::List(element.into()).into()
    }

    pub fn set(element: Ty) -> Self {
        Kind::Set(element.into()).into()
    }

    pub fn map(element: Ty) -> Self {
        Kind::Map(element.into()).into()
    }

    pub fn is_scalar(&self) -> bool {
        !matches!(self.kind, Kind::List(_) | Kind::Set(_) | Kind::Map(_) | Kind::Tuple(_) | Kind::Object(_))
    }

    pub fn is_collection(&self) -> bool {
        matches!(self.kind, Kind::List(_) | Kind::Set(_) | Kind::Tuple(_))
    }

    pub fn optional(mut self) -> Self {
        self.null = true;
        self
    }

    pub fn present(mut self) -> Self {
        self.null = false;
        self
    }

    /// As the language writes it, where these types have names.
    pub fn written(&self, named: &[Ty]) -> String {
        let inner = |ty: &Ty| ty.written(named);
        let text = match (&self.name, &self.kind) {
            (Some(name), _) if named.iter().any(|ty| ty.name.as_ref() == Some(name)) => name.clone(),
            (_, Kind::Bool) => "bool".into(),
            (_, Kind::Int(None)) => "int".into(),
            (_, Kind::Int(Some((low, high)))) => format!("int({low}..{high})"),
            (_, Kind::Number) => "number".into(),
            (_, Kind::Ports) => "int(1..5 | 8000..8010)".into(),
            (_, Kind::Text(None)) => "string".into(),
            (_, Kind::Text(Some((low, high)))) => format!("string(length = {low}..{high})"),
            (_, Kind::Duration) => "duration".into(),
            (_, Kind::Size) => "size".into(),
            (_, Kind::Enum(values)) => {
                let all: Vec<_> = values.iter().map(|value| format!("{value:?}")).collect();
                format!("({})", all.join(" | "))
            }
            (_, Kind::List(ty)) => format!("list({})", inner(ty)),
            (_, Kind::Set(ty)) => format!("set({})", inner(ty)),
            (_, Kind::Map(ty)) => format!("map({})", inner(ty)),
            (_, Kind::Tuple(types)) => {
                format!("tuple([{}])", types.iter().map(inner).collect::<Vec<_>>().join(", "))
            }
            (_, Kind::Object(fields)) => {
                let all: Vec<_> = fields
                    .iter()
                    .map(|field| match &field.presence {
                        Presence::Required => format!("{} = {}", field.name, inner(&field.ty)),
                        Presence::Optional => format!("{} = optional({})", field.name, inner(&field.ty)),
                        Presence::Default(text) => {
                            format!("{} = optional({}, {text})", field.name, inner(&field.ty))
                        }
                    })
                    .collect();
                format!("object({{ {} }})", all.join(", "))
            }
        };
        if self.null { format!("{text}?") } else { text }
    }

    /// Whether inference arrives at it: literals widen, and nothing states a bound.
    pub fn inferable(&self) -> bool {
        match &self.kind {
            Kind::Enum(_) | Kind::Int(Some(_)) | Kind::Ports | Kind::Text(Some(_)) => false,
            Kind::List(ty) | Kind::Set(ty) | Kind::Map(ty) => ty.inferable(),
            Kind::Tuple(types) => types.iter().all(Ty::inferable),
            Kind::Object(fields) => fields.iter().all(|field| field.ty.inferable()),
            _ => true,
        }
    }

    /// The inferable type nearest to it, with every attribute there.
    pub fn widened(&self) -> Ty {
        let kind = match &self.kind {
            Kind::Enum(_) | Kind::Text(_) => Kind::Text(None),
            Kind::Int(_) | Kind::Ports => Kind::Int(None),
            Kind::List(ty) => Kind::List(ty.widened().into()),
            Kind::Set(ty) => Kind::Set(ty.widened().into()),
            Kind::Map(ty) => Kind::Map(ty.widened().into()),
            Kind::Tuple(types) => Kind::Tuple(types.iter().map(Ty::widened).collect()),
            Kind::Object(fields) => {
                let widen = |field: &Field| Field {
                    name: field.name,
                    ty: field.read().widened(),
                    presence: Presence::Required,
                };
                Kind::Object(fields.iter().map(widen).collect())
            }
            kind => kind.clone(),
        };
        Ty { kind, null: self.null, name: None }
    }

    /// Whether every value of `source` is one of this type. `alike` also asks for the same shape: only then do both
    /// sides of a conditional have a type in common that is this one.
    pub fn takes(&self, source: &Ty, alike: bool) -> bool {
        let kinds = match (&self.kind, &source.kind) {
            (Kind::Int(None) | Kind::Number, Kind::Int(_) | Kind::Ports) => true,
            (Kind::Int(Some((low, high))), Kind::Ports) => *low <= 1 && 8010 <= *high,
            (Kind::Ports, Kind::Int(Some((low, high)))) => 1 <= *low && *high <= 5,
            (Kind::Int(Some((low, high))), Kind::Int(Some((l, h)))) => low <= l && h <= high,
            (Kind::Text(None), Kind::Text(_) | Kind::Enum(_)) => true,
            (Kind::Text(Some((low, high))), Kind::Text(Some((l, h)))) => low <= l && h <= high,
            (Kind::Enum(all), Kind::Enum(some)) => some.iter().all(|value| all.contains(value)),
            (Kind::List(a), Kind::List(b)) | (Kind::Set(a), Kind::Set(b)) | (Kind::Map(a), Kind::Map(b)) => {
                a.takes(b, alike)
            }
            (Kind::Set(a), Kind::List(b)) if !alike => a.takes(b, alike),
            (Kind::List(a) | Kind::Set(a), Kind::Tuple(types)) if !alike => {
                types.iter().all(|ty| a.takes(ty, alike))
            }
            (Kind::Map(a), Kind::Object(fields)) if !alike => {
                fields.iter().all(|field| a.takes(&field.read(), alike))
            }
            (Kind::Tuple(a), Kind::Tuple(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.takes(b, alike))
            }
            (Kind::Object(a), Kind::Object(b)) => {
                (!alike || a.len() == b.len())
                    && a.iter().all(|want| {
                        let mut ty = want.ty.clone();
                        ty.null |= want.presence != Presence::Required && !alike;
                        match b.iter().find(|have| have.name == want.name) {
                            Some(have) => ty.takes(&have.read(), alike),
                            None => want.presence != Presence::Required && !alike,
                        }
                    })
            }
            (a, b) => a == b,
        };
        kinds && (self.null || !source.null)
    }
}
