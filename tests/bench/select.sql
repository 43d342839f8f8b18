-- select - one row by its key, for run.sh: what contract.check is held against.
\set id random(1, :last)
select status, seq, total_amount, technology_amount, seller_name, buyer_name from tcr.contract where id = :id;
