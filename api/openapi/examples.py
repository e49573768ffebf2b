"""Every operation gets an example of what is sent and answered, made from its schema.

The values are those of VALUES by the name of the field; an `@extend_schema` example wins. The tests
hold each example against its schema.
"""

import re
from typing import Any, Final

_ID: Final = "5f0c1a2e-7a39-4a8e-9d0b-6f2f8b1f4c11"
VALUES: Final[dict[str, Any]] = {
    "about_en": "Photoresists for KrF and ArF lithography since 1998.",
    "about_ja": "1998年からKrF・ArFリソグラフィー用フォトレジストを製造しています。",
    "about_ko": "1998년부터 KrF·ArF 노광용 감광액을 만들어 왔습니다.",
    "address": "경상남도 창원시 성산구 1",
    "annual_volume": "12000.00",
    "code": "photoresist",
    "concepts": ["photoresist"],
    "country": "KR",
    "current_source_country": "JP",
    "days": 90,
    "detail": "Only the version of today was checked.",
    "digest": "9f86d081884c7d65",
    "email": "kim@hangang.example",
    "employees": 120,
    "factor": 1000.0,
    "hint": "gagyo_a1B2c3",
    "hs6": ["370790"],
    "industry": "C20",
    "key": "gagyo_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V",
    "label": "photoresist",
    "label_en": "photoresist",
    "label_ja": "フォトレジスト",
    "label_ko": "감광액",
    "language": "ko",
    "lead_time_days": 30,
    "max_lead_time_days": 60,
    "minimum_order": "100.00",
    "name": "한강소재",
    "name_en": "Hangang Materials",
    "name_ja": "ハンガン素材",
    "name_kana": "ハンガンソザイ",
    "name_ko": "한강소재",
    "next": "https://gagyo.example/api/v1/concepts/?cursor=cD1waG90bw",
    "official_number": "1208800767",
    "parent": "semiconductor_materials",
    "previous": None,
    "price_max": "95.00",
    "price_min": "80.00",
    "region": "KR-48",
    "required_certifications": ["iso_9001"],
    "certifications": ["iso_9001"],
    "scopes": ["firm"],
    "seats": 5,
    "sector": "semiconductors",
    "sectors": ["semiconductors"],
    "source": "",
    "staff_role": "",
    "stock_cover_days": 45,
    "synonyms_en": ["PR"],
    "synonyms_ja": ["レジスト"],
    "synonyms_ko": ["포토레지스트"],
    "text_en": "Chemically amplified resist, 200 mm and 300 mm wafers.",
    "text_ja": "化学増幅型レジスト、200 mm・300 mmウエハー対応。",
    "text_ko": "화학 증폭형 감광액, 200 mm·300 mm 웨이퍼용.",
    "title": "ArF 감광액",
    "title_en": "ArF photoresist",
    "title_ja": "ArFフォトレジスト",
    "title_ko": "ArF 감광액",
    "unit": "kg",
    "currency": "USD",
    "website": "https://hangang.example",
    "representative": "김한강",
    "wish_min_employees": 50,
    "wish_regions": ["JP-23"],
}
FORMATS: Final[dict[str, Any]] = {
    "uuid": _ID,
    "date-time": "2026-11-23T09:30:00+09:00",
    "date": "2027-03-31",
    "uri": "https://gagyo.example/",
    "email": "kim@hangang.example",
}


def give_examples(result: dict[str, Any]) -> None:
    schemas = result["components"]["schemas"]
    for methods in result["paths"].values():
        for operation in methods.values():
            bodies = [operation["requestBody"]] if "requestBody" in operation else []
            answers = [told for told in operation["responses"].values() if "content" in told]
            for part in (*bodies, *answers):
                for media in part["content"].values():
                    if not media.get("examples") and "example" not in media:
                        media["examples"] = {
                            "example": {"value": example(media["schema"], schemas)}
                        }


def example(schema: dict[str, Any], schemas: dict[str, Any], name: str = "") -> Any:
    """A value that the schema allows."""
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas, name)
    for told in ("example", "const", "default"):
        if told in schema and schema[told] is not None:
            return schema[told]
    known = VALUES.get(name)
    if name in VALUES and is_allowed(known, schema):
        return known
    if allowed := schema.get("enum"):
        return next((each for each in allowed if each not in ("", None)), allowed[0])
    for union in ("allOf", "oneOf", "anyOf"):
        if union in schema:
            return example(schema[union][0], schemas, name)
    kind = schema.get("type", "object" if "properties" in schema else None)
    if isinstance(kind, list):
        kind = next(each for each in kind if each != "null")
    if kind == "object":
        return {
            field: example(told, schemas, field)
            for field, told in schema.get("properties", {}).items()
        }
    if kind == "array":
        return [example(schema["items"], schemas, re.sub("s$", "", name))]
    return _simple(kind, schema)


def is_allowed(value: Any, schema: dict[str, Any]) -> bool:
    """Whether a known value is of the schema's type and among what it lists."""
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    names = {
        str: "string", bool: "boolean", int: "integer", float: "number", list: "array",
        type(None): "null",
    }  # fmt: skip
    if names[type(value)] not in kinds:
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        return False
    if isinstance(value, list) and value:
        return is_allowed(value[0], {"type": "string"} | schema.get("items", {}))
    return True


def _simple(kind: str | None, schema: dict[str, Any]) -> Any:
    if kind == "boolean":
        return True
    if kind in ("integer", "number"):
        return max(1, schema.get("minimum", 1))
    if kind == "string":
        if schema.get("format") == "decimal":
            return "1"
        return FORMATS.get(schema.get("format", ""), "text")
    return None if kind == "null" else {}
