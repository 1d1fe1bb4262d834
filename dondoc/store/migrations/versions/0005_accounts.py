"""accounts and the trail"""

import sqlalchemy as sa
from alembic import op

import dondoc.store.types

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

_SQLITE = (
    "CREATE TRIGGER trail_not_changed BEFORE UPDATE ON trail BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END",
    "CREATE TRIGGER trail_not_removed BEFORE DELETE ON trail BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END",
)
_POSTGRESQL = (
    "CREATE FUNCTION trail_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the trail is append-only'; END $$",
    "CREATE TRIGGER trail_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON trail "
    "FOR EACH STATEMENT EXECUTE FUNCTION trail_append_only()",
)


def upgrade() -> None:
    op.create_table('trail',
    sa.Column('serial', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.Column('who', sa.String(length=200), nullable=False),
    sa.Column('act', sa.String(length=40), nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('previous', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('serial', name=op.f('pk_trail'))
    )
    op.create_table('account',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('office_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('login', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('role', sa.String(length=14), nullable=False),
    sa.Column('password', sa.String(length=200), nullable=False),
    sa.Column('totp', sa.String(length=200), nullable=True),
    sa.Column('totp_step', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('locked_until', dondoc.store.types.Instant(timezone=True), nullable=True),
    sa.Column('locked_at', dondoc.store.types.Instant(timezone=True), nullable=True),
    sa.Column('made_at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.Column('password_at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.Column('closed_at', dondoc.store.types.Instant(timezone=True), nullable=True),
    sa.CheckConstraint("role IN ('viewer', 'receiver', 'desk', 'administrator')", name=op.f('ck_account_role')),
    sa.ForeignKeyConstraint(['office_id'], ['office.id'], name=op.f('fk_account_office_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
    sa.UniqueConstraint('login', name=op.f('uq_account_login'))
    )
    op.create_table('account_session',
    sa.Column('token', sa.String(length=64), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.Column('seen_at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.Column('ends_at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.Column('ended_at', dondoc.store.types.Instant(timezone=True), nullable=True),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_account_session_account_id')),
    sa.PrimaryKeyConstraint('token', name=op.f('pk_account_session'))
    )
    with op.batch_alter_table('account_session', schema=None) as batch_op:
        batch_op.create_index('ix_account_session_account', ['account_id'], unique=False)

    # Who changes a row must first say so to the database itself; a batch rewrite of the table loses these on SQLite.
    for statement in _SQLITE if op.get_bind().dialect.name == 'sqlite' else _POSTGRESQL:
        op.execute(statement)
