"""reports are reviewed, and what they lack is asked for"""

import sqlalchemy as sa
from alembic import op

import dondoc.store.types
from sqlalchemy.dialects import postgresql

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_OPEN = "review IN ('waiting', 'returned')"
_DECIDED = "verdict IN ('accepted', 'returned')"
_DUE = 'fired_at IS NULL AND reason IS NULL'


def upgrade() -> None:
    op.create_table('review',
    sa.Column('id', _ID, autoincrement=True, nullable=False),
    sa.Column('assignment_id', _ID, nullable=False),
    sa.Column('submission_id', _ID, nullable=False),
    sa.Column('receiver', sa.String(length=40), nullable=False),
    sa.Column('verdict', sa.String(length=10), nullable=False),
    sa.Column('points', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('supplement_by', sa.Date(), nullable=True),
    sa.Column('officer', sa.String(length=200), nullable=False),
    sa.Column('made_at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.CheckConstraint("verdict IN ('accepted', 'returned', 'refused', 'recalled')", name=op.f('ck_review_verdict')),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignment.id'], name=op.f('fk_review_assignment_id')),
    sa.ForeignKeyConstraint(['submission_id'], ['submission.id'], name=op.f('fk_review_submission_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_review'))
    )
    with op.batch_alter_table('review', schema=None) as batch_op:
        batch_op.create_index('ix_review_assignment', ['assignment_id'], unique=False)
        batch_op.create_index('ix_review_decided', ['submission_id', 'receiver'], unique=True, sqlite_where=sa.text(_DECIDED), postgresql_where=sa.text(_DECIDED))

    op.create_table('supplement_step',
    sa.Column('id', _ID, autoincrement=True, nullable=False),
    sa.Column('review_id', _ID, nullable=False),
    sa.Column('rung', sa.String(length=20), nullable=False),
    sa.Column('side', sa.String(length=6), nullable=False),
    sa.Column('fire_at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.Column('fired_at', dondoc.store.types.Instant(timezone=True), nullable=True),
    sa.Column('reason', sa.String(length=20), nullable=True),
    sa.Column('waits_for', sa.String(length=20), nullable=True),
    sa.CheckConstraint("side IN ('before', 'on', 'after')", name=op.f('ck_supplement_step_side')),
    sa.ForeignKeyConstraint(['review_id'], ['review.id'], name=op.f('fk_supplement_step_review_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_supplement_step')),
    sa.UniqueConstraint('review_id', 'rung', name=op.f('uq_supplement_step_review_id_rung'))
    )
    with op.batch_alter_table('supplement_step', schema=None) as batch_op:
        batch_op.create_index('ix_supplement_step_due', ['fire_at'], unique=False, sqlite_where=sa.text(_DUE), postgresql_where=sa.text(_DUE))

    with op.batch_alter_table('assignment', schema=None) as batch_op:
        batch_op.add_column(sa.Column('review', sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column('review_since', dondoc.store.types.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('supplement_by', sa.Date(), nullable=True))
        batch_op.create_index('ix_assignment_review', ['review', 'review_since'], unique=False, sqlite_where=sa.text(_OPEN), postgresql_where=sa.text(_OPEN))

    with op.batch_alter_table('submission', schema=None) as batch_op:
        batch_op.add_column(sa.Column('void', sa.String(length=10), nullable=True))
