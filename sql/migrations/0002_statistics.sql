-- 0002_statistics - what figures need beside the cubes of 0001: an agency's figures in every basis, ways into the cubes by
-- area, and the releases that carry a figure by day, for the nightly recomputation.

-- The cubes start again: a live figure is cube + facts after rolled_seq, so emptying all of them changes no figure.
drop table tcr.cube_agency;
create table tcr.cube_agency (
    month date not null,
    agency_id bigint not null,
    basis text not null check (basis in ('registered', 'output', 'absorbed')),
    county text, -- of the party that the basis names; null abroad
    district text,
    contract_type text not null,
    technical_field text not null,
    count bigint not null,
    total_amount bigint not null,
    technology_amount bigint not null,
    unique nulls not distinct (agency_id, month, basis, county, district, contract_type, technical_field)
);
truncate tcr.cube_area, tcr.cube_flow;
update tcr.cube_state set rolled_seq = 0;

-- An area is a prefix of the county's code.
create index cube_area_county on tcr.cube_area (basis, county text_pattern_ops, month);
create index cube_agency_county on tcr.cube_agency (basis, county text_pattern_ops, month);
create index cube_flow_seller on tcr.cube_flow (seller_county text_pattern_ops, month);

-- Only releases that a figure can rest on: filing, accepting and returning pay nothing for it.
create index contract_release_figure on tcr.contract_release (day) where registered_on is not null;
