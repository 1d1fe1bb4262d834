"""books closed after a round, and contests of what stands in them"""

import sqlalchemy as sa
from alembic import op

import dondoc.store.types


revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('books',
    sa.Column('id', _ID, autoincrement=True, nullable=False),
    sa.Column('duty_period_id', _ID, nullable=False),
    sa.Column('closed_at', dondoc.store.types.Instant(), nullable=False),
    sa.Column('officer', sa.String(length=200), nullable=False),
    sa.Column('contest_by', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['duty_period_id'], ['duty_period.id'], name=op.f('fk_books_duty_period_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_books')),
    sa.UniqueConstraint('duty_period_id', name=op.f('uq_books_duty_period_id'))
    )
    op.create_table('closed_record',
    sa.Column('books_id', _ID, nullable=False),
    sa.Column('assignment_id', _ID, nullable=False),
    sa.Column('modality', sa.String(length=12), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('judged', sa.String(length=8), nullable=True),
    sa.Column('first_received_at', dondoc.store.types.Instant(), nullable=True),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignment.id'], name=op.f('fk_closed_record_assignment_id')),
    sa.ForeignKeyConstraint(['books_id'], ['books.id'], name=op.f('fk_closed_record_books_id')),
    sa.UniqueConstraint('books_id', 'assignment_id', name=op.f('uq_closed_record_books_id_assignment_id'))
    )
    op.create_index('ix_closed_record_assignment', 'closed_record', ['assignment_id'])
    op.create_table('contest',
    sa.Column('id', _ID, autoincrement=True, nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('books_id', _ID, nullable=False),
    sa.Column('assignment_id', _ID, nullable=False),
    sa.Column('said', sa.String(length=500), nullable=False),
    sa.Column('made_at', dondoc.store.types.Instant(), nullable=False),
    sa.Column('officer', sa.String(length=200), nullable=False),
    sa.Column('verdict', sa.String(length=10), nullable=True),
    sa.Column('answer', sa.String(length=500), nullable=True),
    sa.Column('answered_at', dondoc.store.types.Instant(), nullable=True),
    sa.Column('answered_by', sa.String(length=200), nullable=True),
    sa.CheckConstraint("verdict IN ('upheld', 'dismissed')", name=op.f('ck_contest_verdict')),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignment.id'], name=op.f('fk_contest_assignment_id')),
    sa.ForeignKeyConstraint(['books_id'], ['books.id'], name=op.f('fk_contest_books_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contest')),
    sa.UniqueConstraint('code', name=op.f('uq_contest_code'))
    )
    op.create_index('ix_contest_open', 'contest', ['assignment_id'], unique=True,
                    sqlite_where=sa.text('answered_at IS NULL'), postgresql_where=sa.text('answered_at IS NULL'))


def downgrade() -> None:
    op.drop_table('contest')
    op.drop_table('closed_record')
    op.drop_table('books')
