//! Schemas of values that are plain strings or lists in the types: ids, dates, texts, one role or several.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// Schema of an id. Ids are plain `String`s in the types.
pub struct Id;

impl JsonSchema for Id {
    fn schema_name() -> Cow<'static, str> {
        "id".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*$", "maxLength": 64,
            "x-expected": "an id such as `open-ticket` (lower-case letters, digits, single hyphens)"
        })
    }
}

/// Schema of a date. Dates are plain `String`s in the types.
pub struct Day;

impl JsonSchema for Day {
    fn schema_name() -> Cow<'static, str> {
        "date".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", "x-expected": "a date written YYYY-MM-DD"})
    }
}

/// Schema of a content hash.
pub struct Hash;

impl JsonSchema for Hash {
    fn schema_name() -> Cow<'static, str> {
        "hash".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^(blake3|sha256):[0-9a-f]{16}$", "x-expected": "a hash such as `blake3:9d5227dd0e3d5f8f`, as the tool writes it"})
    }
}

/// Schemas of inline lists.
macro_rules! list_schemas {
    ($($name:ident, $items:ty, $unique:literal, $about:literal;)*) => {$(
        #[doc = $about]
        pub struct $name;

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "array", "items": generator.subschema_for::<$items>(), "minItems": 1, "uniqueItems": $unique})
            }
        }
    )*};
}

list_schemas! {
    Ids, Id, true, "Schema of a list of ids.";
    Texts, Text, true, "Schema of a list of texts.";
}

/// Schema of a map from id to `T`.
pub struct ById<T>(std::marker::PhantomData<T>);

impl<T: JsonSchema> JsonSchema for ById<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}-by-id", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "object", "propertyNames": generator.subschema_for::<Id>(), "additionalProperties": generator.subschema_for::<T>()})
    }
}

/// Schema of a text that is not empty.
pub struct Text;

impl JsonSchema for Text {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "text".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "minLength": 1})
    }
}

/// One id or a list of them, as `owner:` and `by:` take it.
pub(super) mod one_or_many {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Cow, Id, Ids, JsonSchema, Schema, SchemaGenerator, json_schema};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        One(String),
        Many(Vec<String>),
    }

    pub(in crate::blueprint::model) fn serialize<S: Serializer>(ids: &[String], serializer: S) -> Result<S::Ok, S::Error> {
        match ids {
            [one] => serializer.serialize_str(one),
            many => many.serialize(serializer),
        }
    }

    pub(in crate::blueprint::model) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
        Ok(match Form::deserialize(deserializer)? {
            Form::One(one) => vec![one],
            Form::Many(many) => many,
        })
    }

    /// Its schema.
    pub struct RoleOrRoles;

    impl JsonSchema for RoleOrRoles {
        fn schema_name() -> Cow<'static, str> {
            "role-or-roles".into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            json_schema!({"anyOf": [generator.subschema_for::<Id>(), generator.subschema_for::<Ids>()]})
        }
    }
}

pub use one_or_many::RoleOrRoles;
