-- 0010_papers - the wording of papers: rows with validity, so that a bureau can say things its own way.

-- kind '*' is for every paper that has no row of its own. Names in braces are filled in ({project_name}, {due_on} ...); an article is
-- printed behind the text, and only while its proof is final.
create table tcr.paper_text (
    kind text not null check (kind ~ '^([a-z_]+|\*)$'),
    key text not null check (key ~ '^[a-z_]+$'),
    text text not null,
    article text,
    proof text not null check (proof in ('final', 'draft', 'practice', 'proposed')),
    source text not null,
    valid_from date not null default '-infinity',
    valid_to date not null default 'infinity',
    primary key (kind, key, valid_from),
    check (valid_from <= valid_to)
);
