-- How firms become rows of companies_searchentry: see docs/search.md.

-- Text as it is compared: width, case and kana folded, punctuation a space, no space between two
-- characters of Chinese, kana or Hangul, and one where those meet Latin letters or digits.
CREATE FUNCTION gagyo_fold(given text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT btrim(regexp_replace(regexp_replace(regexp_replace(
    translate(lower(normalize(given, NFKC)),
      'ぁあぃいぅうぇえぉおかがきぎくぐけげこごさざしじすずせぜそぞただちぢっつづてでとどなにぬねのはばぱひびぴふぶぷへべぺほぼぽまみむめもゃやゅゆょよらりるれろゎわゐゑをんゔゕゖ',
      'ァアィイゥウェエォオカガキギクグケゲコゴサザシジスズセゼソゾタダチヂッツヅテデトドナニヌネノハバパヒビピフブプヘベペホボポマミムメモャヤュユョヨラリルレロヮワヰヱヲンヴヵヶ'),
    '[\u0001-\u002f\u003a-\u0060\u007b-\u00bf\u00d7\u00f7\u2000-\u206f\u2190-\u2bff\u3000-\u3004\u3007-\u3020\u3030-\u3037\u303b-\u303f\u30fb\ufe00-\ufe0f\ufeff\ufffc-\uffff]+', ' ', 'g'),
    '([a-z0-9])(?=[^ a-z0-9])|([^ a-z0-9])(?=[a-z0-9])', '\1\2 ', 'g'),
    '([^ a-z0-9]) +(?=[^ a-z0-9])', '\1', 'g'))
$$;

-- A firm's name without its legal form, as companies.names.fold takes it off.
CREATE FUNCTION gagyo_bare_name(given text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT regexp_replace(regexp_replace(lower(normalize(given, NFKC)),
    '\((?:주|유|합|사|재|株|有|名|資|同|합자|합명)\)|주식회사|유한책임회사|유한회사|합자회사|합명회사|사단법인|재단법인|농업회사법인|株式会社|株式會社|有限会社|合同会社|合資会社|合名会社|一般社団法人|一般財団法人|公益社団法人|公益財団法人', ' ', 'g'),
    '\m(?:co\.?\s*,?\s*ltd|corporation|corp|incorporated|inc|limited|ltd|company|llc|plc|k\.?\s?k|g\.?\s?k|kabushiki\s+kaisha|godo\s+kaisha|yugen\s+kaisha)\M\.?', ' ', 'g')
$$;

CREATE FUNCTION gagyo_name(given text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(nullif(replace(gagyo_fold(gagyo_bare_name(given)), ' ', ''), ''),
                  replace(gagyo_fold(given), ' ', ''))
$$;

-- Pairs of neighbouring characters, of a text in which spaces say nothing.
CREATE FUNCTION gagyo_pairs(folded text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(DISTINCT pair ORDER BY pair), '{}') FROM (
    SELECT sign || lead(sign) OVER (ORDER BY place) AS pair
    FROM string_to_table(folded, NULL) WITH ORDINALITY AS signs (sign, place)
  ) pairs
  WHERE pair IS NOT NULL AND pair !~ '\s'
$$;

-- What a folded text is found by: pairs of Chinese characters, kana and Hangul; of a Latin word
-- its first 3, 5 and 8 letters, and the whole of a shorter one.
CREATE FUNCTION gagyo_grams(folded text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(DISTINCT gram ORDER BY gram), '{}') FROM (
    SELECT unnest(gagyo_pairs(regexp_replace(folded, '[a-z0-9]+', ' ', 'g'))) AS gram
    UNION ALL
    SELECT left(word, size)
    FROM regexp_split_to_table(folded, '[^a-z0-9]+') AS word,
         unnest(ARRAY[2, 3, 5, 8]) AS size
    WHERE word <> '' AND (length(word) >= size OR size = 3) AND (size > 2 OR length(word) = 2)
  ) grams
$$;

-- The rows that the firms should have.
CREATE FUNCTION companies_search_rows(firms uuid[]) RETURNS SETOF companies_searchentry
LANGUAGE sql STABLE AS $$
  WITH today AS MATERIALIZED (SELECT (now() AT TIME ZONE 'Asia/Seoul')::date AS day),
  firm AS (
    SELECT c.*,
      ARRAY(
        SELECT DISTINCT gagyo_fold(gagyo_bare_name(name))
        FROM unnest(ARRAY[c.name_ko, c.name_ja, c.name_en, c.name_kana]) AS name
        WHERE name <> ''
      ) AS spelt,
      E'\n' || coalesce((
        SELECT string_agg(DISTINCT gagyo_name(name), E'\n' ORDER BY gagyo_name(name))
        FROM unnest(ARRAY[c.name_ko, c.name_ja, c.name_en, c.name_kana, c.name_key]) AS name
        WHERE name <> ''
      ), '') || E'\n' AS names
    FROM companies_company c
    WHERE c.id = ANY (firms)
  ),
  offered AS NOT MATERIALIZED (
    SELECT o.* FROM companies_offering o, today
    WHERE o.company_id = ANY (firms) AND o.state = 'open'
      AND (o.valid_until IS NULL OR o.valid_until >= today.day)
  ),
  items AS (
    SELECT o.company_id,
      min(o.valid_until) AS valid_until,
      string_agg(' ' || concat_ws(E' \n ', nullif(gagyo_fold(o.title_ko), ''),
        nullif(gagyo_fold(o.title_ja), ''), nullif(gagyo_fold(o.title_en), '')) || ' ', E'\n'
        ORDER BY o.id) AS titles,
      string_agg(' ' || concat_ws(E' \n ', nullif(gagyo_fold(left(o.text_ko, 500)), ''),
        nullif(gagyo_fold(left(o.text_ja, 500)), ''),
        nullif(gagyo_fold(left(o.text_en, 500)), '')) || ' ', E'\n' ORDER BY o.id) AS texts
    FROM offered o GROUP BY o.company_id
  ),
  said AS (
    SELECT firm.id,
      coalesce(CASE WHEN firm.is_name_hidden THEN (
        -- Its name in a title would find it: the longest spelling is taken out first.
        WITH RECURSIVE without AS (
          SELECT 0 AS taken, items.titles AS titles
          UNION ALL
          SELECT taken + 1, replace(without.titles, spelling.word, ' ')
          FROM without JOIN (
            SELECT word, row_number() OVER (ORDER BY length(word) DESC, word) AS place
            FROM unnest(firm.spelt) AS word WHERE word <> ''
          ) spelling ON spelling.place = without.taken + 1
        )
        SELECT without.titles FROM without ORDER BY taken DESC LIMIT 1
      ) ELSE items.titles END, '') AS titles,
      CASE WHEN firm.is_name_hidden THEN '' ELSE concat(E'\n', items.texts, E'\n',
        ' ', gagyo_fold(left(firm.about_ko, 1000)), E' \n ', gagyo_fold(left(firm.about_ja, 1000)),
        E' \n ', gagyo_fold(left(firm.about_en, 1000)), ' ') END AS texts
    FROM firm LEFT JOIN items ON items.company_id = firm.id
  )
  SELECT firm.id, firm.country, firm.state,
    firm.state = 'verified' AND firm.source <> 'association',
    firm.is_name_hidden, firm.region_id, firm.employees, firm.verified_at, firm.name_key,
    ARRAY(SELECT s.sector_id::int FROM companies_company_sectors s
          WHERE s.company_id = firm.id ORDER BY 1),
    ARRAY(SELECT DISTINCT kind::text FROM offered o, unnest(o.cooperation) AS kind
          WHERE o.company_id = firm.id ORDER BY 1),
    ARRAY(SELECT DISTINCT held.certification_id::int FROM companies_companycertification held, today
          WHERE held.company_id = firm.id
            AND (held.expires_on IS NULL OR held.expires_on >= today.day) ORDER BY 1),
    ARRAY(SELECT DISTINCT t.concept_id::int FROM offered o
          JOIN companies_offering_concepts t ON t.offering_id = o.id
          WHERE o.company_id = firm.id ORDER BY 1),
    ARRAY(
      WITH RECURSIVE up AS (
        SELECT t.concept_id AS id FROM offered o
        JOIN companies_offering_concepts t ON t.offering_id = o.id WHERE o.company_id = firm.id
        UNION
        SELECT concept.parent_id FROM taxonomy_concept concept JOIN up ON up.id = concept.id
        WHERE concept.parent_id IS NOT NULL
      )
      SELECT id::int FROM up ORDER BY 1
    ),
    ARRAY(SELECT DISTINCT t.concept_id::int FROM companies_need n
          JOIN companies_need_concepts t ON t.need_id = n.id, today
          WHERE n.company_id = firm.id AND n.state = 'open'
            AND (n.valid_until IS NULL OR n.valid_until >= today.day) ORDER BY 1),
    ARRAY(SELECT DISTINCT left(code, size) FROM offered o, unnest(o.hs6) AS code,
            unnest(ARRAY[4, 6]) AS size
          WHERE o.company_id = firm.id ORDER BY 1),
    firm.names, gagyo_pairs(firm.names), said.titles,
    regexp_replace(said.titles || said.texts, ' *\n[ \n]*', E' \n ', 'g'),
    gagyo_grams(said.titles || said.texts),
    least(
      (SELECT min(o.valid_until) FROM offered o WHERE o.company_id = firm.id),
      (SELECT min(n.valid_until) FROM companies_need n, today WHERE n.company_id = firm.id
         AND n.state = 'open' AND n.valid_until >= today.day),
      (SELECT min(held.expires_on) FROM companies_companycertification held, today
       WHERE held.company_id = firm.id AND held.expires_on >= today.day)
    )
  FROM firm JOIN said ON said.id = firm.id
$$;

-- Writes the rows of the firms, those that differ; returns how many did.
CREATE FUNCTION companies_search_refresh(firms uuid[]) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  lock_key integer;
  first integer;
  part uuid[];
  counted integer;
  written integer := 0;
BEGIN
  -- One after the other, and each statement below sees what was committed before it: of two
  -- transactions that touch a firm the later one writes what both have left behind. Firms share a
  -- few locks: a lock for each of ten thousand firms would not fit into the server's table.
  FOR lock_key IN SELECT DISTINCT abs(hashtext(id::text) % 64) FROM unnest(firms) AS id ORDER BY 1 LOOP
    PERFORM pg_advisory_xact_lock(4083002, lock_key);
  END LOOP;
  FOR first IN SELECT generate_series(1, coalesce(cardinality(firms), 0), 500) LOOP
    part := firms[first : first + 499];
    DELETE FROM companies_searchentry entry
    WHERE entry.company_id = ANY (part)
      AND NOT EXISTS (SELECT 1 FROM companies_company c WHERE c.id = entry.company_id);
    GET DIAGNOSTICS counted = ROW_COUNT;
    written := written + counted;
    INSERT INTO companies_searchentry AS entry
    SELECT * FROM companies_search_rows(part) AS rows
    ON CONFLICT (company_id) DO UPDATE SET (
      country, state, is_listed, is_name_hidden, region_id, employees, verified_at, name_key,
      sectors, cooperation, certifications, concepts, wide, wanted, hs, names, name_grams, titles, body,
      grams, fresh_until
    ) = ROW (
      excluded.country, excluded.state, excluded.is_listed, excluded.is_name_hidden,
      excluded.region_id, excluded.employees, excluded.verified_at, excluded.name_key,
      excluded.sectors, excluded.cooperation, excluded.certifications, excluded.concepts,
      excluded.wide, excluded.wanted, excluded.hs, excluded.names, excluded.name_grams, excluded.titles,
      excluded.body, excluded.grams, excluded.fresh_until
    ) WHERE entry IS DISTINCT FROM excluded;
    GET DIAGNOSTICS counted = ROW_COUNT;
    written := written + counted;
  END LOOP;
  RETURN written;
END
$$;

-- What a statement touched is marked; the marks are settled once, when the transaction commits.
CREATE FUNCTION companies_mark_firm() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO companies_searchmark (transaction, company_id)
  SELECT DISTINCT pg_current_xact_id()::text::bigint, id FROM touched ORDER BY id
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;

CREATE FUNCTION companies_mark_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO companies_searchmark (transaction, company_id)
  SELECT DISTINCT pg_current_xact_id()::text::bigint, company_id FROM touched ORDER BY company_id
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;

CREATE FUNCTION companies_mark_offering() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO companies_searchmark (transaction, company_id)
  SELECT DISTINCT pg_current_xact_id()::text::bigint, item.company_id
  FROM touched JOIN companies_offering item ON item.id = touched.offering_id ORDER BY item.company_id
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;

CREATE FUNCTION companies_mark_need() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO companies_searchmark (transaction, company_id)
  SELECT DISTINCT pg_current_xact_id()::text::bigint, item.company_id
  FROM touched JOIN companies_need item ON item.id = touched.need_id ORDER BY item.company_id
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;

CREATE FUNCTION companies_settle_marks() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  firms uuid[];
BEGIN
  -- The first mark settles all of them; the others find nothing left.
  WITH settled AS (
    DELETE FROM companies_searchmark WHERE transaction = NEW.transaction RETURNING company_id
  )
  SELECT array_agg(company_id) INTO firms FROM settled;
  IF firms IS NOT NULL THEN
    PERFORM companies_search_refresh(firms);
  END IF;
  RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER companies_settle AFTER INSERT ON companies_searchmark
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION companies_settle_marks();

DO $$
DECLARE
  source record;
BEGIN
  FOR source IN SELECT * FROM (VALUES
    ('companies_company', 'companies_mark_firm'),
    ('companies_offering', 'companies_mark_part'),
    ('companies_need', 'companies_mark_part'),
    ('companies_company_sectors', 'companies_mark_part'),
    ('companies_companycertification', 'companies_mark_part'),
    ('companies_offering_concepts', 'companies_mark_offering'),
    ('companies_need_concepts', 'companies_mark_need')
  ) AS sources (relation, marker) LOOP
    EXECUTE format('CREATE TRIGGER search_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS touched
      FOR EACH STATEMENT EXECUTE FUNCTION %I()', source.relation, source.marker);
    EXECUTE format('CREATE TRIGGER search_update AFTER UPDATE ON %I REFERENCING NEW TABLE AS touched
      FOR EACH STATEMENT EXECUTE FUNCTION %I()', source.relation, source.marker);
    EXECUTE format('CREATE TRIGGER search_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS touched
      FOR EACH STATEMENT EXECUTE FUNCTION %I()', source.relation, source.marker);
  END LOOP;
END
$$;

-- What every search reads stands in the row; the texts and pieces, read through their indexes,
-- stand beside it.
ALTER TABLE companies_searchentry SET (toast_tuple_target = 256);
ALTER TABLE companies_searchentry
  ALTER names SET STORAGE MAIN, ALTER titles SET STORAGE MAIN, ALTER concepts SET STORAGE MAIN,
  ALTER wide SET STORAGE MAIN, ALTER wanted SET STORAGE MAIN, ALTER sectors SET STORAGE MAIN,
  ALTER cooperation SET STORAGE MAIN, ALTER certifications SET STORAGE MAIN,
  ALTER hs SET STORAGE MAIN;

-- A concept that gets another parent takes the firms along that supply it or a narrower one.
CREATE FUNCTION companies_mark_family() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO companies_searchmark (transaction, company_id)
  SELECT DISTINCT pg_current_xact_id()::text::bigint, entry.company_id
  FROM companies_searchentry entry
  WHERE entry.wide && ARRAY(
    SELECT after.id::int FROM touched after JOIN before ON before.id = after.id
    WHERE after.parent_id IS DISTINCT FROM before.parent_id
  )
  ORDER BY entry.company_id
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;

CREATE TRIGGER search_family AFTER UPDATE ON taxonomy_concept
REFERENCING NEW TABLE AS touched OLD TABLE AS before
FOR EACH STATEMENT EXECUTE FUNCTION companies_mark_family();

SELECT companies_search_refresh(array_agg(id)) FROM companies_company;
