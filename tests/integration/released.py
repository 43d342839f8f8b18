"""Figures by plain SQL over the releases, at any size: no fact, no cube and no function of tcrd is read.

Released(db) makes one table of signed deltas from the amount and dimension columns of contract_release and from receipt_act, once, for
this connection alone; rows(question) then answers like GET /v1/statistics.
"""
from figure_rows import SUMS, VALUES, Figures

TIME_SQL = {
    "year": "to_char(day, 'YYYY')", "half": "to_char(day, 'YYYY') || case when extract(month from day) < 7 then 'H1' else 'H2' end",
    "quarter": "to_char(day, 'YYYY') || 'Q' || to_char(day, 'Q')", "month": "to_char(day, 'YYYY-MM')", "day": "to_char(day, 'YYYY-MM-DD')"}
PARTY = {"registered": "filed", "output": "seller", "absorbed": "buyer", "local": "seller"}
GROUP = ("case when {0}_type like '022%%' then 'university' when {0}_type like '021%%' then 'institute'"
         " when {0}_type between '1' and '5z' then 'enterprise' when {0}_type is not null then 'other' end")
# People and those who asked for secrecy are one cell without a name.
NAMED = "case when {0}_type <> '600' and not is_secret then {0}_code end"
# Inside the area the next level, outside it the province.
SEEN = "rpad(left({0}_county, case when {0}_county like '{1}%%' then {2} else 2 end), 6, '0')"
COLUMNS = ["ip_type", "seller_type", "buyer_type", "industry", "plan_source", "unit", "broker", "direction", "size_class", "technical_field",
           "seller_district", "buyer_district"]
DIMENSIONS = ["district", "county", "region", "contract_type", "contract_type4", "subtype", "technical_field", "ip_type", "seller_type",
              "seller_group", "buyer_type", "buyer_group", "industry", "plan_source", "agency", "unit", "broker", "event",
              "registration_point", "direction", "size_class", "is_related", "seller_district", "buyer_district", "seller_region",
              "buyer_region", "seller", "buyer"]
# What a release counts with, by the name that it has in the table of deltas.
STATE = {
    "contract_id": "contract_id", "registered_on": "registered_on", "total_amount": "total_amount", "technology_amount": "technology_amount",
    "agency_id": "agency_id::integer", "point_id": "point_id::integer",
    "filed_county": "case filed_as when 'import_buyer' then buyer_region else seller_region end",
    "filed_district": "case filed_as when 'import_buyer' then coalesce(buyer_zone, buyer_region) else coalesce(seller_zone, seller_region) end",
    "seller_county": "seller_region", "seller_district": "coalesce(seller_zone, seller_region)",
    "buyer_county": "buyer_region", "buyer_district": "coalesce(buyer_zone, buyer_region)",
    **{name: name for name in ("contract_type", "technical_field", "seller_code", "buyer_code", "seller_type", "buyer_type", "ip_type",
                               "industry", "plan_source", "direction", "size_class", "is_related", "is_secret", "unit", "broker",
                               "event_name")},
}
COUNTED = ", ".join(f"{expression} as {name}" for name, expression in STATE.items())
KEPT = ", ".join(STATE)
DIFFERS = "({}) is distinct from ({})".format(*(", ".join(f"{state}.{name}" for name in STATE) for state in ("old", "new")))
# The day of an act, or the first one after it that was open.
BOOKED = """case when seq <= (select min(seq) from tcr.closing) then day
    else greatest(day, (select max(c.last_day) + 1 from tcr.closing c where c.seq < r.seq)) end"""
FOLDER = [
    "set jit = off", "set work_mem = '256MB'", "set temp_buffers = '256MB'", "set max_parallel_workers_per_gather = 2",
    # Few contracts have more than the release that registered them.
    """create temporary table changed as
        select contract_id from tcr.contract_release where registered_on is not null group by contract_id having count(*) > 1""",
    "analyze changed",
    f"""create temporary table state as
        select seq, row_number() over (partition by contract_id order by seq) as n, status = 'registered' as counts, {BOOKED} as day, {COUNTED}
        from tcr.contract_release r where registered_on is not null and contract_id in (select contract_id from changed)""",
    "create index on state (contract_id, n)", "create index on state (seq)", "analyze state",
    f"""create temporary table delta as
        select seq, 1::smallint as sign, true as is_new, {BOOKED} as day, 0::bigint as received, 0::bigint as income, {COUNTED}
        from tcr.contract_release r
        where registered_on is not null and status = 'registered'
            and not exists (select from changed c where c.contract_id = r.contract_id)
        order by seller_region collate "C" """,
    # What a verification brought and the reversal of a verified receipt took back.
    """create temporary table arrived as
        select s.contract_id, a.seq, m.sign * a.technology_part as received, m.sign * (a.technology_part - v.costs) as income
        from tcr.receipt_act a left join tcr.receipt_act o on o.seq = a.of_seq
        cross join lateral (values (case when a.act = 'verify' then 1 when a.act = 'reverse' and o.act = 'verify' then -1 end)) m (sign)
        cross join lateral (select coalesce(sum(e.value::bigint), 0)::bigint as costs from jsonb_each_text(a.costs) e) v
        join state s on s.seq = a.seq where m.sign is not null""",
    "create index on arrived (contract_id, seq)", "analyze arrived",
    # Minus what counted before an act, plus what counts after it, unless that is the same; with all the money that had arrived by then.
    f"""insert into delta
        select a.seq, a.sign, a.is_new, a.day,
            a.sign * (select coalesce(sum(m.received), 0)::bigint from arrived m where m.contract_id = s.contract_id and m.seq < a.seq),
            a.sign * (select coalesce(sum(m.income), 0)::bigint from arrived m where m.contract_id = s.contract_id and m.seq < a.seq),
            {KEPT} from (
            select new.seq, v.sign, v.sign = 1 and old.seq is null as is_new, new.day,
                case v.sign when 1 then new.seq else old.seq end as source
            from state new left join state old on old.contract_id = new.contract_id and old.n = new.n - 1
            cross join (values (1), (-1)) v (sign)
            where case v.sign when 1 then new.counts else old.counts end and (not new.counts or old.counts is not true or {DIFFERS})) a
        join (select seq as source, {KEPT} from state) s on s.source = a.source""",
    # Money counts while its contract does, where the contract is when it comes or goes.
    f"""insert into delta
        select m.seq, 0, false, s.day, m.received, m.income, {", ".join("s." + name for name in STATE)}
        from arrived m join state s on s.seq = m.seq where s.counts""",
    *(f"create index on delta ({party}_county collate \"C\")" for party in ("filed", "seller", "buyer")),
    *(f"create index on delta ({party}_district) where {party}_district <> {party}_county" for party in ("filed", "seller", "buyer")),
    "create index on delta (seq)",
    "analyze delta", "set max_parallel_workers_per_gather = 0",
]


class Released(Figures):
    def __init__(self, db):
        self.db = db
        for statement in FOLDER:
            self.query(statement)
        self.last_seq, self.last_figure = self.query("select value, (select max(seq) from delta) from tcr.sequence_counter")[0]
        self.first_day, self.last_day, self.size = self.query("select min(day), max(day), count(*) from delta")[0]
        self.regions = {code for code, in self.query("select code from tcr.code where list in ('region_cn_all', 'region_linyi')")}
        share = min(100, 400000 / max(self.size, 1))
        self.examples = self.query_named(f"select * from delta tablesample bernoulli ({share}) order by seq limit 4000")

    def query(self, sql, parameters=None):
        with self.db.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else None

    def query_named(self, sql):
        with self.db.cursor() as cursor:
            cursor.execute(sql)
            names = [c.name for c in cursor.description]
            return [dict(zip(names, row)) for row in cursor.fetchall()]

    def as_of_seq(self, seq=None):
        """The last number up to seq that moved a figure or a reference value."""
        limit = self.last_seq if seq is None else seq
        return self.query("select greatest((select max(seq) from delta where seq <= %(s)s), (select max(seq) from tcr.target where seq <= %(s)s),"
                          " (select max(seq) from tcr.region_gdp where seq <= %(s)s), 0)", {"s": limit})[0][0]

    def day_of(self, seq):
        """What day it was at that number."""
        return self.query("select day from tcr.contract_release where seq <= %s order by seq desc limit 1", (seq,))[0][0]

    def expression(self, name, question):
        """A dimension as SQL over delta."""
        party, region = PARTY[question["basis"]], question["region"]
        deeper = min(len(region) + 2, 6)
        return {
            **TIME_SQL, **{column: column for column in COLUMNS},
            "county": f"{party}_county", "district": f"{party}_district", "region": f"rpad(left({party}_county, {deeper}), 6, '0')",
            "contract_type": "left(contract_type, 1)", "subtype": "contract_type", "event": "event_name",
            "contract_type4": "case left(contract_type, 1) when '1' then 'K1' when '4' then 'K3' when '5' then 'K4' else 'K2' end",
            "seller_group": GROUP.format("seller"), "buyer_group": GROUP.format("buyer"), "agency": "agency_id::text",
            "registration_point": "point_id::text", "is_related": "case when is_related then 'true' when not is_related then 'false' end",
            "seller_region": SEEN.format("seller", region, deeper), "buyer_region": SEEN.format("buyer", region, deeper),
            "seller": NAMED.format("seller"), "buyer": NAMED.format("buyer"),
        }[name]

    def value_of(self, name, question, delta):
        """The value of a dimension that a delta has, by the same SQL."""
        return self.query(f"select ({self.expression(name, question)})::text from delta where seq = %s and sign = %s",
                          (delta["seq"], delta["sign"]))[0][0]

    @staticmethod
    def _inside(party, region):
        if len(region) == 6:
            return (f"({party}_county collate \"C\" = '{region}'"
                    f" or ({party}_district = '{region}' and {party}_district <> {party}_county))")
        return f"{party}_county collate \"C\" >= '{region}' and {party}_county collate \"C\" < '{int(region) + 1:0{len(region)}d}'"

    def _where(self, question, span):
        party, values = PARTY[question["basis"]], {}
        parts = [self._inside(party, question["region"])] + [self._inside("buyer", question["region"])] * (question["basis"] == "local")
        for name, value in question["filters"].items():
            expression = "contract_type" if name == "contract_type" else self.expression(name, question)
            values[name] = value + "%" if name == "contract_type" else value
            parts.append(f"({expression}) is null" if value == "-" else f"({expression}) {'like' if name == 'contract_type' else '='} %({name})s")
        for name, sign, value in (("first", ">=", span[0]), ("last", "<=", span[1])):
            if value is not None:
                values[name] = value
                parts.append(f"day {sign} %({name})s")
        if question.get("as_of") is not None:
            values["as_of"] = question["as_of"]
            parts.append("seq <= %(as_of)s")
        return " and ".join(parts), values

    def sums(self, question, span):
        where, values = self._where(question, span)
        keys = [self.expression(name, question) for name in question["by"]]
        figure = {"count": "sign", "total_amount": "sign * total_amount", "technology_amount": "sign * technology_amount",
                  "technology_received": "received", "technology_income": "income"}
        figure.update({f"new_{v}": f"case when is_new then {figure[v]} else 0 end" for v in VALUES})
        columns = [f"({k})" for k in keys] + [f"coalesce(sum({figure[s]}), 0)::bigint" for s in SUMS]
        group = f"group by {', '.join(str(i + 1) for i in range(len(keys)))}" if keys else ""
        rows = self.query(f"select {', '.join(columns)} from delta where {where} {group}", values)
        return {row[:len(keys)]: row[len(keys):] for row in rows}
