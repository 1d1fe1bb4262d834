"""the incoming-document register, taken over in batches"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import dondoc.store.types

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_JSON = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')


def _instant(name: str, *, nullable: bool = True) -> "sa.Column[datetime]":
    return sa.Column(name, dondoc.store.types.Instant(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table('intake_mapping',
    sa.Column('office_id', _ID, autoincrement=False, nullable=False),
    sa.Column('columns', _JSON, nullable=False),
    _instant('saved_at', nullable=False),
    sa.Column('saved_by', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['office_id'], ['office.id'], name=op.f('fk_intake_mapping_office_id')),
    sa.PrimaryKeyConstraint('office_id', name=op.f('pk_intake_mapping'))
    )
    op.create_table('intake_batch',
    sa.Column('id', _ID, autoincrement=True, nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('office_id', _ID, nullable=False),
    sa.Column('file_name', sa.String(length=255), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    _instant('read_at', nullable=False),
    sa.Column('read_by', sa.String(length=200), nullable=False),
    _instant('confirmed_at'),
    sa.Column('confirmed_by', sa.String(length=200), nullable=True),
    sa.Column('reconciliation_id', _ID, nullable=True),
    _instant('undone_at'),
    sa.Column('undone_by', sa.String(length=200), nullable=True),
    sa.CheckConstraint("state IN ('read', 'confirmed', 'dropped', 'undone')", name=op.f('ck_intake_batch_state')),
    sa.ForeignKeyConstraint(['office_id'], ['office.id'], name=op.f('fk_intake_batch_office_id')),
    sa.ForeignKeyConstraint(['reconciliation_id'], ['reconciliation.id'], name=op.f('fk_intake_batch_reconciliation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_intake_batch')),
    sa.UniqueConstraint('code', name=op.f('uq_intake_batch_code'))
    )
    with op.batch_alter_table('intake_batch', schema=None) as batch_op:
        batch_op.create_index('ix_intake_batch_office', ['office_id', 'id'], unique=False)

    op.create_table('intake_line',
    sa.Column('id', _ID, autoincrement=True, nullable=False),
    sa.Column('batch_id', _ID, nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('entry', sa.String(length=40), nullable=False),
    _instant('arrived_at'),
    sa.Column('number', sa.String(length=80), nullable=False),
    sa.Column('dated', sa.Date(), nullable=True),
    sa.Column('issuer', sa.String(length=300), nullable=False),
    sa.Column('abstract', sa.Text(), nullable=False),
    sa.Column('signer', sa.String(length=200), nullable=False),
    sa.Column('certainty', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('choices', _JSON, nullable=False),
    sa.Column('answer', sa.String(length=10), nullable=False),
    sa.Column('assignment_id', _ID, nullable=True),
    sa.Column('submission_id', _ID, nullable=True),
    sa.CheckConstraint("certainty IN ('sure', 'probable', 'unmatched')", name=op.f('ck_intake_line_certainty')),
    sa.CheckConstraint("answer IN ('take', 'leave', 'none', 'known')", name=op.f('ck_intake_line_answer')),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignment.id'], name=op.f('fk_intake_line_assignment_id')),
    sa.ForeignKeyConstraint(['batch_id'], ['intake_batch.id'], name=op.f('fk_intake_line_batch_id')),
    sa.ForeignKeyConstraint(['submission_id'], ['submission.id'], name=op.f('fk_intake_line_submission_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_intake_line')),
    sa.UniqueConstraint('batch_id', 'line', name=op.f('uq_intake_line_batch_id_line'))
    )
    with op.batch_alter_table('intake_line', schema=None) as batch_op:
        batch_op.create_index('ix_intake_line_submission', ['submission_id'], unique=False)

    with op.batch_alter_table('submission', schema=None) as batch_op:
        batch_op.add_column(_instant('undone_at'))
