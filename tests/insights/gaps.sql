-- The supply gap of every need, written down apart from the product's own code.
WITH RECURSIVE
tree AS (
    SELECT id AS broader, id AS narrower FROM taxonomy_concept
    UNION ALL
    SELECT tree.broader, child.id FROM tree JOIN taxonomy_concept child ON child.parent_id = tree.narrower
),
goods_concept AS (
    SELECT id FROM taxonomy_concept
    WHERE kind IN ('product', 'material', 'equipment', 'service', 'process')
),
taking_part AS (
    SELECT * FROM companies_company WHERE state = 'verified' AND is_matching_enabled
),
need AS (
    SELECT item.*, firm.country, unit.factor, unit.dimension
    FROM companies_need item JOIN taking_part firm ON firm.id = item.company_id
    LEFT JOIN taxonomy_unit unit ON unit.id = item.unit_id
    WHERE item.state = 'open' AND (item.valid_until IS NULL OR item.valid_until >= %(today)s)
),
offering AS (
    SELECT item.*, firm.country, firm.introductions_per_month, unit.factor, unit.dimension
    FROM companies_offering item JOIN taking_part firm ON firm.id = item.company_id
    LEFT JOIN taxonomy_unit unit ON unit.id = item.unit_id
    WHERE item.state = 'open' AND (item.valid_until IS NULL OR item.valid_until >= %(today)s)
),
relevant AS (
    SELECT asked.need_id, named.offering_id
    FROM companies_need_concepts asked
    JOIN goods_concept ON goods_concept.id = asked.concept_id
    JOIN tree ON tree.broader = asked.concept_id
    JOIN companies_offering_concepts named ON named.concept_id = tree.narrower
    UNION
    SELECT need.id, offering.id FROM need JOIN offering ON need.hs6 && offering.hs6
),
held AS (
    SELECT offering_id, certification_id FROM companies_offering_certifications
    UNION
    SELECT offering.id, paper.certification_id
    FROM offering JOIN companies_companycertification paper ON paper.company_id = offering.company_id
    WHERE paper.expires_on IS NULL OR paper.expires_on >= %(today)s
),
goes_with (one, other) AS (
    VALUES ('supply', 'contract_manufacturing'), ('joint_development', 'rd_platform'),
           ('joint_development', 'consortium'), ('rd_platform', 'consortium'),
           ('consortium', 'third_country_project')
),
meeting AS (
    SELECT pair.*, need.company_id AS buyer, offering.company_id AS seller
    FROM matching_match pair
    JOIN companies_need need ON need.id = pair.need_id
    JOIN companies_offering offering ON offering.id = pair.offering_id
    WHERE pair.state IN ('approved', 'introduced')
),
place AS (
    SELECT meeting.* FROM meeting
    LEFT JOIN matching_introduction made ON made.match_id = meeting.id
    WHERE meeting.state = 'approved' OR made.at >= %(month)s
),
apart AS (
    SELECT company_id AS one, blocked_id AS other FROM companies_block
    UNION SELECT blocked_id, company_id FROM companies_block
    UNION SELECT buyer, seller FROM meeting
),
decided AS (
    SELECT pair.need_id, pair.offering_id FROM matching_match pair
    JOIN companies_need need ON need.id = pair.need_id
    JOIN companies_offering offering ON offering.id = pair.offering_id
    WHERE pair.state IN ('approved', 'rejected', 'introduced')
       OR pair.state = 'declined' AND need.material_at <= pair.ended_at
          AND offering.material_at <= pair.ended_at
          AND (pair.reopens_at IS NULL OR pair.reopens_at > %(now)s)
),
pair AS (
    SELECT need.id AS need_id, offering.company_id AS firm_id,
        CASE
        WHEN NOT (need.cooperation && offering.cooperation OR EXISTS (
            SELECT 1 FROM goes_with
            WHERE one = ANY (need.cooperation) AND other = ANY (offering.cooperation)
               OR other = ANY (need.cooperation) AND one = ANY (offering.cooperation))) THEN 1
        WHEN EXISTS (SELECT 1 FROM held WHERE held.offering_id = offering.id) AND EXISTS (
            SELECT 1 FROM companies_need_required_certifications asked
            WHERE asked.need_id = need.id AND NOT EXISTS (
                SELECT 1 FROM held WHERE held.offering_id = offering.id
                AND held.certification_id = asked.certification_id)) THEN 2
        WHEN offering.lead_time_days > need.max_lead_time_days THEN 3
        WHEN need.is_volume_required AND need.dimension = offering.dimension
            AND offering.annual_volume * offering.factor < need.annual_volume * need.factor THEN 4
        WHEN (need.company_id, offering.company_id) IN (SELECT one, other FROM apart)
            OR (need.id, offering.id) IN (SELECT need_id, offering_id FROM decided) THEN 5
        WHEN offering.introductions_per_month <= (
            SELECT count(*) FROM place
            WHERE place.buyer = offering.company_id OR place.seller = offering.company_id) THEN 6
        ELSE 7 END AS obstacle
    FROM relevant
    JOIN need ON need.id = relevant.need_id
    JOIN offering ON offering.id = relevant.offering_id AND offering.country <> need.country
),
firm AS (SELECT need_id, firm_id, max(obstacle) AS obstacle FROM pair GROUP BY 1, 2),
figures AS (
    SELECT need.id, need.country, need.hs6,
        need.seats,
        (SELECT count(*) FROM meeting WHERE meeting.need_id = need.id) AS taken,
        coalesce(need.is_single_sourced, false) AS single,
        coalesce(need.needed_by <= %(today)s::date + 90, false)
            OR coalesce(need.stock_cover_days <= 30, false) AS critical,
        (SELECT count(*) FROM firm WHERE need_id = need.id) AS offered,
        (SELECT count(*) FROM firm WHERE need_id = need.id AND obstacle >= 6) AS eligible,
        (SELECT count(*) FROM firm WHERE need_id = need.id AND obstacle = 7) AS with_room,
        (SELECT count(*) FROM firm WHERE need_id = need.id AND obstacle = 2) AS uncertified
    FROM need
),
short AS (
    SELECT *, greatest(seats - taken, 0) AS wanted,
        greatest(greatest(seats - taken, 0) - with_room, 0) AS gap
    FROM figures
)
